"""PostgreSQL itself keeps versions and audit entries as they were written.

Only the state of a version may change. TRUNCATE stays possible: it needs the owner's rights, and test
databases are emptied by it.
"""

from django.db import migrations

REFUSE = """
CREATE FUNCTION registry_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION registry_only_state_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    allowed models_registry_documentversion := NEW;
BEGIN
    allowed.state := OLD.state;
    IF allowed IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION '% is append-only: only its state may change', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER version_is_kept BEFORE DELETE ON models_registry_documentversion
    FOR EACH ROW EXECUTE FUNCTION registry_refuse_change();
CREATE TRIGGER version_is_immutable BEFORE UPDATE ON models_registry_documentversion
    FOR EACH ROW EXECUTE FUNCTION registry_only_state_changes();
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON models_registry_auditentry
    FOR EACH ROW EXECUTE FUNCTION registry_refuse_change();
"""

ALLOW = """
DROP TRIGGER audit_is_append_only ON models_registry_auditentry;
DROP TRIGGER version_is_immutable ON models_registry_documentversion;
DROP TRIGGER version_is_kept ON models_registry_documentversion;
DROP FUNCTION registry_only_state_changes();
DROP FUNCTION registry_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("models_registry", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
