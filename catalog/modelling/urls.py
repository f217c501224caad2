"""Routes under /api/catalog/."""

from django.urls import path

from catalog.modelling import views

urlpatterns = [
    path("gold-tables", views.GoldTablesView.as_view(), name="gold-tables"),
    path("analyze-table", views.AnalyzeTableView.as_view(), name="analyze-table"),
    path("generate-model", views.GenerateModelView.as_view(), name="generate-model"),
    path("generation-jobs", views.GenerationJobsView.as_view(), name="generation-jobs"),
    path("generation-jobs/<uuid:job_id>", views.GenerationJobView.as_view(), name="generation-job"),
    path(
        "generation-jobs/<uuid:job_id>/cancel",
        views.GenerationCancelView.as_view(),
        name="generation-job-cancel",
    ),
    path("rejections", views.RejectionsView.as_view(), name="rejections"),
    path("rejections/<uuid:rejection_id>", views.RejectionView.as_view(), name="rejection"),
]
