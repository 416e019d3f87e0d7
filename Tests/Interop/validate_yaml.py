"""Holds YAML files against a JSON Schema with jsonschema, which nobody here wrote: one line for each file that it refuses.

    validate_yaml.py SCHEMA FILE...

Ends with 0 when all are accepted, with 1 when one is refused.
"""
import json
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """YAML as hazardd reads it: no times, no yes and no, keys are text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for text in ("true", "false"):
    Loader.yaml_implicit_resolvers.setdefault(text[0], []).append(
        ("tag:yaml.org,2002:bool", __import__("re").compile("^(true|false)$"))
    )


def with_text_keys(value):
    if isinstance(value, dict):
        return {str(key): with_text_keys(item) for key, item in value.items()}
    return [with_text_keys(item) for item in value] if isinstance(value, list) else value


with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
refused = 0
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as file:
        document = with_text_keys(yaml.load(file, Loader))
    error = next(iter(sorted(validator.iter_errors(document), key=lambda error: list(map(str, error.path)))), None)
    if error:
        refused += 1
        print(f"{path}: {'.'.join(map(str, error.absolute_path)) or 'the file'}: {error.message[:300]}")
sys.exit(1 if refused else 0)
