"""Databricks: SQL warehouse, Unity Catalog, Volumes, Genie, serving endpoints, lineage, sign-in.

The SQL driver takes two seconds and 120 MB to import: only `driver.py` names it, which is imported
when the first statement runs.
"""
