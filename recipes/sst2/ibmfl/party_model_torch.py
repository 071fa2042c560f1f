"""The head in torch, as a model of IBM FL."""

from __future__ import annotations

from pathlib import Path

import torch
from ibmfl.model.fl_model import FLModel
from ibmfl.model.model_update import ModelUpdate

from metric_line import print_metric
from sst2.head import as_list, as_weights, score
from sst2.torch_head import build_head, fit_in_order, get_weights, pick_device, set_weights
from sst2.work_folder import load_task


class HeadModel(FLModel):
    """An FLModel of our own: IBM FL's PytorchFLModel trains through skorch, which shuffles, and takes no
    loss on logits from its configuration."""

    def __init__(self, model_name, model_spec, **kwargs):
        super().__init__(model_name, model_spec, **kwargs)
        self.model_type, self.device = "PyTorch", pick_device(model_spec["device"])
        self.model = build_head(load_task(Path(model_spec["work"]))["width"]).to(self.device)

    def fit_model(self, train_data, fit_params=None, **kwargs):
        """Trains on a shard in the order of this round, with a new Adam."""
        local = fit_params["hyperparams"]["local"]
        round, training, lr = local["round"], local["training"], local["optimizer"]["lr"]
        order = train_data.order_of(round, training["epochs"])
        figures = fit_in_order(self.model, train_data, order, training["batch_size"], lr, self.device)
        print_metric(round, "client", **figures)

    def update_model(self, model_update, **kwargs):
        """Takes the global weights."""
        set_weights(self.model, as_weights(model_update.get("weights")))

    def get_model_update(self):
        """The weights, in the order and shapes that the Keras parties have, too."""
        return ModelUpdate(weights=as_list(get_weights(self.model)))

    def predict(self, x, **kwargs):
        """The probability that a sentence is positive, shape (rows, 1)."""
        with torch.inference_mode():
            return torch.sigmoid(self.model(torch.from_numpy(x).to(self.device))).cpu().numpy()

    def evaluate(self, test_dataset, **kwargs):
        """What EVAL prints."""
        accuracy, loss = score(get_weights(self.model), *test_dataset)
        return {"accuracy": accuracy, "loss": loss}

    def save_model(self, filename=None, path=None):
        """What SAVE does: a state_dict in FL_MODEL_DIR."""
        name = filename or f"{self.model_name}.pt"
        torch.save(self.model.state_dict(), self.get_model_absolute_path(name))
        return name

    @staticmethod
    def load_model(file_name):
        """Reads what `save_model` wrote."""
        return torch.load(file_name, weights_only=True)
