# What jinja2 renders, set up as transformers' apply_chat_template does, for tests of our interpreter.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: jinja_reference.py < {"date": "...", "cases": [{"source", "variables"}]}  -> [text, or null for an error]"""
import json
import sys

import jinja2
import jinja2.ext
import jinja2.sandbox


class Generation(jinja2.ext.Extension):
    """{% generation %} blocks, which only mark the assistant's text."""

    tags = {"generation"}

    def parse(self, parser):
        next(parser.stream)
        return parser.parse_statements(["name:endgeneration"], drop_needle=True)


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def main():
    data = json.load(sys.stdin)
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
    )
    environment.filters["tojson"] = lambda value, indent=None: json.dumps(value, ensure_ascii=False, indent=indent)
    environment.globals["raise_exception"] = raise_exception
    environment.globals["strftime_now"] = lambda _: data["date"]
    rendered = []
    for case in data["cases"]:
        try:
            rendered.append(environment.from_string(case["source"]).render(**case["variables"]))
        except Exception:  # the text of the error is Jinja's own; only that there is one is compared
            rendered.append(None)
    json.dump(rendered, sys.stdout)


main()
