"""What full-text search finds published models by, kept by PostgreSQL itself.

A trigger follows `document.published`, so that whoever moves that pointer moves the entry in the
same transaction: writes, promotion, review, deletion.
"""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

# 50,000 characters per weight keep every vector below PostgreSQL's limit of one megabyte.
FUNCTIONS = """
CREATE FUNCTION registry_search_words(definition jsonb, VARIADIC paths jsonpath[]) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_tsvector(
        'pg_catalog.english',
        left(regexp_replace(coalesce(string_agg(value #>> '{}', ' '), ''),
                            '[[:punct:][:space:]]+', ' ', 'g'), 50000)
    )
    FROM unnest(paths) AS path, jsonb_path_query(definition, path) AS value
    WHERE jsonb_typeof(value) = 'string'
$$;

CREATE FUNCTION registry_search_vector(definition jsonb) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT setweight(registry_search_words(definition, '$.name'), 'A')
        || setweight(registry_search_words(definition, '$.label', '$.meta.synonyms[*]'), 'B')
        || setweight(registry_search_words(definition,
               '$.metrics[*].name', '$.metrics[*].label', '$.metrics[*].meta.synonyms[*]',
               '$.dimensions[*].name', '$.dimensions[*].label', '$.dimensions[*].meta.synonyms[*]',
               '$.measures[*].name', '$.measures[*].label', '$.measures[*].meta.synonyms[*]',
               '$.entities[*].name', '$.entities[*].label', '$.entities[*].meta.synonyms[*]'), 'C')
        || setweight(registry_search_words(definition,
               '$.model', '$.model.*', '$.tags[*]', '$.meta.tags[*]', '$.description',
               '$.metrics[*].tags[*]', '$.metrics[*].meta.tags[*]', '$.metrics[*].description',
               '$.dimensions[*].description', '$.measures[*].description',
               '$.entities[*].description'), 'D')
$$;

CREATE FUNCTION registry_follow_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.published_id IS NULL THEN
        DELETE FROM models_registry_searchentry WHERE document_id = NEW.id;
    ELSE
        INSERT INTO models_registry_searchentry (document_id, vector)
        SELECT NEW.id, registry_search_vector(definition::jsonb)
        FROM models_registry_documentversion WHERE id = NEW.published_id
        ON CONFLICT (document_id) DO UPDATE SET vector = excluded.vector;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER search_follows_published
    AFTER INSERT OR UPDATE OF published_id ON models_registry_document
    FOR EACH ROW WHEN (NEW.kind = 'semantic_model')
    EXECUTE FUNCTION registry_follow_published();
"""

NO_FUNCTIONS = """
DROP TRIGGER search_follows_published ON models_registry_document;
DROP FUNCTION registry_follow_published();
DROP FUNCTION registry_search_vector(jsonb);
DROP FUNCTION registry_search_words(jsonb, jsonpath[]);
"""


class Migration(migrations.Migration):
    dependencies = [("models_registry", "0002_append_only")]

    operations = [
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "document",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_entry",
                        serialize=False,
                        to="models_registry.document",
                    ),
                ),
                ("vector", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "verbose_name": "search entry",
                "verbose_name_plural": "search entries",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["vector"], name="search_entry_by_word"
                    )
                ],
            },
        ),
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
    ]
