"""YAML to recipe: models, positions, params, inputs, expressions, schema. pydantic lives only here."""
