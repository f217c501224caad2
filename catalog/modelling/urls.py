"""Routes under /api/catalog/."""

from django.urls import path

from catalog.modelling import views

urlpatterns = [
    path("gold-tables", views.GoldTablesView.as_view(), name="gold-tables"),
    path("analyze-table", views.AnalyzeTableView.as_view(), name="analyze-table"),
    path("generate-model", views.GenerateModelView.as_view(), name="generate-model"),
    path("rejections", views.RejectionsView.as_view(), name="rejections"),
    path("rejections/<uuid:rejection_id>", views.RejectionView.as_view(), name="rejection"),
]
