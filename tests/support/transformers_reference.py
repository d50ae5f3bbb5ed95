# Logits and greedy continuations of exported folders, computed by unmodified transformers.
# SPDX-License-Identifier: GPL-3.0-or-later
"""stdin: {"cases": [{"folder", "ids", "tokens"}]}; stdout: {"version", "cases": [...]}, each with class, unexpected or
missing tensors, the logits of all positions and the new tokens; only "skipped" where the class is not in this version."""

import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
import torch  # noqa: E402
import transformers  # noqa: E402

transformers.logging.set_verbosity_error()
torch.set_num_threads(1)


def version(text):
    return tuple(int(part) for part in text.split(".")[:3])


def answer(case):
    if version(transformers.__version__) < version(case["minimum_transformers"]):
        return {"skipped": "needs transformers " + case["minimum_transformers"]}
    model, info = transformers.AutoModelForCausalLM.from_pretrained(
        case["folder"], trust_remote_code=True, output_loading_info=True, torch_dtype=torch.float32
    )
    model.eval()
    ids = torch.tensor([case["ids"]])
    with torch.no_grad():
        logits = model(ids, use_cache=False).logits[0]
        greedy = model.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, eos_token_id=None, pad_token_id=0,
            max_new_tokens=case["tokens"], min_new_tokens=case["tokens"],
        )
        # A batch whose first row is padded on the left must give that row what it gets alone.
        padded = torch.cat([torch.zeros_like(ids[:, :3]), ids], dim=1)
        mask = (torch.arange(padded.shape[1]) >= 3).long()[None]
        shifted = model(padded, attention_mask=mask, use_cache=False).logits[0, 3:]
    return {
        "class": type(model).__name__,
        "loading": sorted(str(name) for key in ("missing_keys", "unexpected_keys", "mismatched_keys") for name in info[key]),
        "logits": logits.flatten().tolist(),
        "greedy": greedy[0, len(case["ids"]) :].tolist(),
        "padding_difference": (shifted - logits).abs().max().item(),
    }


json.dump(
    {"version": transformers.__version__, "cases": [answer(case) for case in json.load(sys.stdin)["cases"]]}, sys.stdout
)
