"""The head as IBM FL's TensorFlow model."""

from __future__ import annotations

from pathlib import Path

from ibmfl.model.tensorflow_fl_model import TensorFlowFLModel

from metric_line import print_metric
from sst2.keras_head import build_head, compile_fresh, fit_in_order, use_device
from sst2.work_folder import load_task


class HeadModel(TensorFlowFLModel):
    """Weights, SYNC, EVAL and SAVE are IBM FL's; only the training is told what it must not decide."""

    def __init__(self, model_name, model_spec, **kwargs):
        use_device(model_spec["device"])
        model = build_head(load_task(Path(model_spec["work"]))["width"])
        super().__init__(model_name, model_spec, tf_model=model, **kwargs)

    def fit_model(self, train_data, fit_params=None, **kwargs):
        """Trains on a shard in the order of this round. IBM FL's own fit_model keeps its Adam over all
        rounds, and shuffles."""
        local = fit_params["hyperparams"]["local"]
        round, training = local["round"], local["training"]
        order = train_data.order_of(round, training["epochs"])
        compile_fresh(self.model, local["optimizer"]["lr"])
        figures = fit_in_order(self.model, train_data, order, training["batch_size"])
        print_metric(round, "client", **figures)
