"""Routes under /admin/, before the site's own."""

from django.urls import URLPattern, path

from queries.stewards import explorer, metric_pages

app_name = "query_pages"

urlpatterns: list[URLPattern] = [
    path("explorer/", explorer.ExplorerPage.on_site(), name="explorer"),
    path("explorer/metrics", explorer.MetricNames.on_site(), name="explorer-metrics"),
    path("explorer/dimensions", explorer.Dimensions.on_site(), name="explorer-dimensions"),
    path("explorer/query", explorer.Answer.on_site(), name="explorer-query"),
    path("explorer/sql", explorer.Sql.on_site(), name="explorer-sql"),
    path("explorer/values", explorer.Values.on_site(), name="explorer-values"),
    path("metrics/", metric_pages.MetricsPage.on_site(), name="metrics"),
    path("metrics/<str:category>/<str:name>/", metric_pages.MetricPage.on_site(), name="metric"),
    path(
        "metrics/<str:category>/<str:name>/values",
        metric_pages.RecentValues.on_site(),
        name="metric-values",
    ),
]
