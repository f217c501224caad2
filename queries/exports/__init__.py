"""Rows as files for download: csv, excel, json, parquet, each written in constant memory."""
