# Ids and texts of the reference programs (PyPI tokenizers, sentencepiece) for tests and the benchmark.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: tokenizer_reference.py ids FILE... < texts.json  -> for each file {"ids": [[...]], "decoded": [...]}
          tokenizer_reference.py time FILE TEXTFILE     -> seconds of one pass over the lines, one thread"""
import json
import os
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"


def load(path):
    """Functions encode(text) -> ids without begin mark, and decode(ids) -> text."""
    if path.endswith(".model"):
        import sentencepiece

        model = sentencepiece.SentencePieceProcessor(model_file=path)
        return model.encode, model.decode
    import tokenizers

    model = tokenizers.Tokenizer.from_file(path)
    model.no_truncation()
    return (
        lambda text: model.encode(text, add_special_tokens=False).ids,
        lambda ids: model.decode(ids, skip_special_tokens=False),
    )


def main():
    if sys.argv[1] == "time":
        encode, _ = load(sys.argv[2])
        with open(sys.argv[3], encoding="utf-8", newline="\n") as file:
            lines = file.read().split("\n")
        best = 1e9
        for _ in range(3):
            begin = time.perf_counter()
            count = sum(len(encode(line)) for line in lines)
            best = min(best, time.perf_counter() - begin)
        print(json.dumps({"seconds": best, "tokens": count}))
        return
    texts = json.load(sys.stdin)
    answers = []
    for path in sys.argv[2:]:
        encode, decode = load(path)
        ids = [encode(text) for text in texts]
        answers.append({"ids": ids, "decoded": [decode(each) for each in ids]})
    json.dump(answers, sys.stdout)


main()
