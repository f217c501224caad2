import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("queries", "0003_background_runs_and_saved_queries")]

    operations = [
        migrations.AddField(
            model_name="queryrun",
            name="tables",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), blank=True, default=list, size=None
            ),
        ),
    ]
