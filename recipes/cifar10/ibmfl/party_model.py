"""The VGG models in torch, as a model of IBM FL."""

from __future__ import annotations

from pathlib import Path

import torch
from ibmfl.model.fl_model import FLModel
from ibmfl.model.model_update import ModelUpdate
from what_travels import as_received, as_sent

from cifar10.pixels import normalized
from cifar10.torch_vgg import build, fit_in_order, get_weights, pick_device, score, set_weights
from cifar10.work_folder import load_architecture, load_initial
from metric_line import print_metric


class VggModel(FLModel):
    """An FLModel of our own: IBM FL's PytorchFLModel trains through skorch, which shuffles, and takes neither
    crop nor flip from its configuration."""

    def __init__(self, model_name, model_spec, **kwargs):
        super().__init__(model_name, model_spec, **kwargs)
        work = Path(model_spec["work"])
        self.model_type, self.device = "PyTorch", pick_device(model_spec["device"])
        self.architecture = load_architecture(work)
        self.model = build(self.architecture, self.device)
        set_weights(self.model, load_initial(work))

    def fit_model(self, train_data, fit_params=None, **kwargs):
        """Trains on a shard in the order of this round, with a new SGD."""
        local = fit_params["hyperparams"]["local"]
        round, training, lr = local["round"], local["training"], local["optimizer"]["lr"]
        figures = fit_in_order(
            self.model, train_data, round, training["epochs"], training["batch_size"], lr, self.device
        )
        print_metric(round, "client", **figures)

    def update_model(self, model_update, **kwargs):
        """Takes the global weights."""
        set_weights(self.model, as_received(model_update.get("weights"), self.architecture))

    def get_model_update(self):
        """The weights that IBM FL sends."""
        return ModelUpdate(weights=as_sent(get_weights(self.model), self.architecture))

    def predict(self, x, **kwargs):
        """Logits (rows, outputs) of pictures as they are stored, (rows, 32, 32, 3) uint8."""
        images = torch.from_numpy(normalized(x).transpose(0, 3, 1, 2).copy()).to(self.device)
        self.model.eval()
        with torch.inference_mode():
            return self.model(images).cpu().numpy()

    def evaluate(self, test_dataset, **kwargs):
        """What EVAL prints."""
        accuracy, loss, _ = score(self.model, *test_dataset)
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
