"""Entries of what was published before there was search."""

from django.db import migrations

FILL = """
INSERT INTO models_registry_searchentry (document_id, vector)
SELECT document.id, registry_search_vector(version.definition::jsonb)
FROM models_registry_document document
JOIN models_registry_documentversion version ON version.id = document.published_id
WHERE document.kind = 'semantic_model'
ON CONFLICT (document_id) DO NOTHING;
"""


class Migration(migrations.Migration):
    dependencies = [("models_registry", "0003_search_entry")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
