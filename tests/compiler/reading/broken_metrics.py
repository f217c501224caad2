"""Mistakes in metrics; see broken.py."""

from __future__ import annotations

from tests.compiler.reading.broken_texts import Case, metric

METRICS: list[Case] = [
    ("metric type", metric("name: a\ntype: §ration"), [("INVALID_METRIC_TYPE", "'ratio'")]),
    ("no measure", metric("§name: a\ntype: simple"), [("MISSING_KEY", "'measure' or 'agg'")]),
    (
        "no denominator",
        metric("§name: a\ntype: ratio\ntype_params: {numerator: b}"),
        [("MISSING_KEY", "needs 'denominator'")],
    ),
    (
        "type left out",
        metric("§name: a\nnumerator: b\ndenominator: c"),
        [("MISSING_KEY", "'type: ratio'")],
    ),
    (
        "no expression",
        metric("§name: a\ntype: derived\ntype_params: {metrics: [b]}"),
        [("MISSING_KEY", "needs 'expr'")],
    ),
    (
        "no inputs",
        metric("§name: a\ntype: derived\ntype_params: {expr: b}"),
        [("MISSING_KEY", "needs 'input_metrics'")],
    ),
    (
        "input not used",
        metric("name: a\ntype: derived\ntype_params: {expr: b, metrics: [b, §c]}"),
        [("UNUSED_INPUT", "'c' is not used")],
    ),
    (
        "alias not used",
        metric(
            "name: a\ntype: derived\ntype_params: {expr: b, metrics: [b, {name: b, alias: §c}]}"
        ),
        [("UNUSED_INPUT", "'c' is not used")],
    ),
    (
        "unknown input",
        metric("name: a\ntype: derived\nexpr: bookings / §vews\nmetrics: [bookings, §views]"),
        [("UNKNOWN_INPUT", "Did you mean 'views'?"), ("UNUSED_INPUT", "'views'")],
    ),
    (
        "same input twice",
        metric(
            "name: a\ntype: derived\nexpr: b * 2\n"
            "metrics:\n  - name: b\n  - {name: §b, offset_window: 1 month}"
        ),
        [("DUPLICATE_NAME", "alias")],
    ),
    (
        "misspelt window",
        metric("name: a\ntype: cumulative\nmeasure: b\nwindow: 7 §dayz"),
        [("INVALID_WINDOW", "Did you mean 'days'?")],
    ),
    (
        "window without number",
        metric("name: a\ntype: cumulative\nmeasure: b\nwindow: §week"),
        [("INVALID_WINDOW", "7 days")],
    ),
    (
        "quoted window",
        metric('name: a\ntype: cumulative\nmeasure: b\nwindow: "2 §munths"'),
        [("INVALID_WINDOW", "'months'")],
    ),
    (
        "window and grain to date",
        metric("name: a\ntype: cumulative\nmeasure: b\nwindow: 2 days\ngrain_to_date: §month"),
        [("CONFLICT", "exclude each other")],
    ),
    (
        "grain to date",
        metric("name: a\ntype: cumulative\nmeasure: b\ngrain_to_date: §mnth"),
        [("INVALID_GRAIN", "'month'")],
    ),
    (
        "window of a ratio",
        metric("name: a\ntype: ratio\nnumerator: b\ndenominator: c\nwindow: §2 days"),
        [("MISPLACED_KEY", "cumulative and conversion")],
    ),
    (
        "two offsets",
        metric(
            "name: a\ntype: derived\nexpr: b\n"
            "metrics:\n  - {name: b, offset_window: 1 day, offset_to_grain: §month}"
        ),
        [("CONFLICT", "exclude each other")],
    ),
    (
        "written flat and nested",
        metric("name: a\ntype: simple\nmeasure: §b\ntype_params: {measure: c}"),
        [("CONFLICT", "also written as")],
    ),
    (
        "conversion without entity",
        metric(
            "§name: a\ntype: conversion\n"
            "type_params: {conversion_type_params: {base_measure: b, conversion_measure: c}}"
        ),
        [("MISSING_KEY", "needs 'entity'")],
    ),
    (
        "aggregation outside a model",
        metric("name: a\nagg: §sum\nexpr: b"),
        [("MISSING_MODEL", "under its model")],
    ),
    (
        "measure and aggregation",
        metric("name: a\ntype: simple\nmeasure: b\nagg: §sum"),
        [("MISPLACED_KEY", "brings its own")],
    ),
    (
        "filter",
        metric("name: a\nmeasure: b\nfilter: \"{{ §Dimension('x__y' }} = 1\""),
        [("INVALID_FILTER", "")],
    ),
    (
        "one filter of several",
        metric("name: a\nmeasure: b\nfilter:\n  - \"{{ Entity('x') }} = 1\"\n  - '§x__y ='"),
        [("INVALID_FILTER", "not understood")],
    ),
    (
        "filter is a number in a list",
        metric("name: a\nmeasure: b\nfilter: [§[]]"),
        [("WRONG_TYPE", "")],
    ),
    (
        "empty filter",
        metric("name: a\nmeasure: b\nfilter: §''"),
        [("INVALID_FILTER", "empty")],
    ),
    (
        "fill with text",
        metric("name: a\nmeasure: {name: b, fill_nulls_with: §zero}"),
        [("WRONG_TYPE", "a number, found the text 'zero'")],
    ),
    (
        "unknown key of a measure input",
        metric("name: a\nmeasure: {name: b, §offset_windw: 1 day}"),
        [("UNKNOWN_KEY", "measure_input")],
    ),
    (
        "everything at once",
        metric("name: §A B\ntype: §ratios\n§lable: x\ntime_granularity: §mont\nmeasure: b"),
        [
            ("INVALID_NAME", "'a_b'"),
            ("INVALID_METRIC_TYPE", "'ratio'"),
            ("UNKNOWN_KEY", "'label'"),
            ("INVALID_GRAIN", "'month'"),
        ],
    ),
]
