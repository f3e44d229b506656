"""The rules that infra/check.py runs; each module's first line says which."""
