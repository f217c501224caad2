"""Tests of the HTTP interface that make sense on DuckDB alone, each with the reason."""

from __future__ import annotations

_EXECUTE = "tests/queries/test_execute_api.py::"
_COMPLETION = "tests/catalog/test_autocomplete_api.py::"
_METADATA = "tests/catalog/test_metadata_api.py::"
_ANALYSIS = "tests/catalog/analysis/test_analyze_api.py::"
_DRAFTS = "tests/catalog/analysis/test_generate_api.py::"
_BACKGROUND = "tests/queries/test_background_api.py::"
_CACHE = "tests/queries/test_result_cache.py::"
_DOCUMENTS = "tests/documentation/test_documentation.py::"

REASONS: dict[str, tuple[str, ...]] = {
    "local tokens are no sign-in at a workspace": (
        "tests/http/test_auth.py::test_a_local_token_is_a_bearer_by_itself",
        "tests/http/test_docs_api.py::test_every_example_answers_as_shown",
    ),
    "a command line has nobody's workspace token": (
        "tests/documentation/test_site.py::test_a_person_gets_what_they_may_see",
    ),
    "it tells the SQL, the types or the name of DuckDB": (
        "tests/queries/test_compile_api.py::test_a_viewer_may_compile",
        "tests/queries/test_compile_api.py::test_the_sql_runs_as_it_is_shown",
        f"{_EXECUTE}test_answers_with_exactly_the_contract",
        f"{_EXECUTE}test_values_keep_their_digits_and_types",
        f"{_EXECUTE}test_the_warehouse_can_be_named",
        f"{_EXECUTE}test_a_run_is_recorded_with_what_it_cost",
        f"{_EXECUTE}test_past_the_deadline_it_is_504_and_stops_in_the_engine",
        "tests/queries/test_metric_query_api.py::test_answers_with_rows_sql_and_receipt",
        "tests/queries/test_exports_api.py::test_every_value_is_that_of_the_synchronous_answer",
        "tests/queries/test_validate_api.py::test_what_is_wrong_is_told_with_its_place",
        "tests/queries/test_validate_api.py::test_nothing_runs",
        f"{_BACKGROUND}test_a_statement_runs_in_the_background_and_its_rows_equal",
        f"{_BACKGROUND}test_progress_is_told_while_it_runs",
        f"{_BACKGROUND}test_a_result_beyond_the_quota_fails_the_run",
        f"{_ANALYSIS}test_every_statement_is_in_the_persons_history",
        f"{_DOCUMENTS}test_examples_show_numbers_and_charts",
        f"{_CACHE}test_every_type_comes_back_as_it_was",
        f"{_CACHE}test_white_space_makes_no_other_question",
        "tests/queries/test_budgets.py::TestOfOneQuery::test_more_time_is_504",
    ),
    "it is about files and functions that only DuckDB would read": (
        f"{_EXECUTE}test_statements_that_do_more_than_read_are_refused_and_recorded",
    ),
    "it needs names or types that Unity Catalog does not have": (
        "tests/lineage/test_api.py::test_names_are_case_insensitive_and_hostile_ones",
        f"{_METADATA}test_schemas_of_a_catalog",
        f"{_METADATA}test_an_empty_schema_is_no_error",
        f"{_ANALYSIS}test_lists_gold_tables",
        f"{_ANALYSIS}test_text_is_read_as_dates_numbers_and_flags",
        f"{_ANALYSIS}test_odd_columns_spoil_no_analysis",
        f"{_DRAFTS}test_every_table_of_every_world_gets_a_draft[imported]",
    ),
    "a DuckDB file is changed, or told of as one: at a workspace nothing tells of a change": (
        f"{_METADATA}test_catalogs_are_the_attached_files",
        f"{_METADATA}test_tables_of_a_schema",
        f"{_METADATA}test_columns_of_a_table_and_of_a_view",
        f"{_METADATA}test_a_wide_table_comes_whole_unless_a_page_is_asked_for",
        f"{_METADATA}test_a_changed_file_is_seen_at_once",
        f"{_COMPLETION}test_a_changed_file_is_read_again_in_the_background",
        f"{_CACHE}test_a_replaced_file_never_gives_an_old_answer",
        f"{_CACHE}test_what_was_read_while_the_file_was_replaced_is_not_kept",
        f"{_CACHE}test_a_view_over_the_clock_is_not_kept",
        "tests/queries/test_receipts.py::test_changed_data_is_told",
    ),
    "the columns of a workspace are read in the background, after the tables": (
        f"{_COMPLETION}test_each_suggestion_has_the_promised_fields",
        f"{_COMPLETION}test_after_an_alias_come_its_columns",
        f"{_COMPLETION}test_case_does_not_matter",
        f"{_COMPLETION}test_at_most_twenty",
    ),
    "at a workspace what holds a person's rows is theirs alone": (
        f"{_DOCUMENTS}test_what_is_open_to_all_is_read_by_all",
        f"{_DOCUMENTS}test_an_admins_documentation_of_an_open_model_names_nothing_hidden",
        f"{_CACHE}test_people_of_one_role_share_where_no_rule_tells_them_apart",
        f"{_CACHE}test_people_share_unless_the_rules_look_at_them[[FR]-True]",
    ),
}
"""Reason -> beginnings of the ids of the tests."""


def reason_of(nodeid: str) -> str | None:
    """Why the test is left out at the workspace; None where it runs."""
    for reason, beginnings in REASONS.items():
        if nodeid.startswith(beginnings):
            return reason
    return None
