"""Trains one client of one for three rounds both ways: the head on kept vectors, and the whole model on sentences.

In the environment `data`: python train_both_ways.py WORK DATA CACHE BERT_FOLDER. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from sst2.sentences import load_sst2
from sst2.whole_model import WholeModelTraining, union_of_sentences
from sst2.work_folder import load_held_out, load_initial, load_task, load_union

work, data, cache, bert = map(Path, sys.argv[1:])
task, sentences = load_task(work), load_sst2(data, cache)
whole = WholeModelTraining(str(bert / "preprocess"), str(bert / "encoder"), epochs=1, batch_size=8, lr=3e-3)

from sst2.head import answers  # noqa: E402
from sst2.local_training import LocalTraining  # noqa: E402  (imports Keras, which must be Keras 2 here)

head = LocalTraining("keras", epochs=1, batch_size=8, lr=3e-3)
vectors, texts = load_union(work), union_of_sentences(work, task["clients"], task["seed"], sentences.train)
by_head = by_whole = load_initial(work)
for number in (1, 2, 3):
    by_head, _ = head.train(by_head, vectors, number)
    by_whole, figures = whole.train(by_whole, texts, number)

held_out, labels = load_held_out(work)
dev = np.array(sentences.dev.texts, dtype=object)
whole.save(work / "whole")
print(
    json.dumps(
        {
            "weights": max(float(np.abs(by_head[name] - by_whole[name]).max()) for name in by_head),
            "moved": max(float(np.abs(by_head[name] - load_initial(work)[name]).max()) for name in by_head),
            "answers": int((answers(by_head, held_out) != whole.answers(by_whole, dev)).sum()),
            "head": float((answers(by_head, held_out) == labels).mean()),
            "whole": float((whole.answers(by_whole, dev) == labels).mean()),
        }
    )
)
