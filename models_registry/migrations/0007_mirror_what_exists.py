"""What was written before there was a mirror: all of it is due."""

from django.db import migrations

TELL = """
INSERT INTO models_registry_outboxentry (document_id, version_id, created_at)
SELECT document_id, id, now() FROM models_registry_documentversion ORDER BY id;
"""


class Migration(migrations.Migration):
    dependencies = [("models_registry", "0006_mirror")]

    operations = [migrations.RunSQL(TELL, migrations.RunSQL.noop)]
