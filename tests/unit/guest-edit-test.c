/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guest-edit.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

#include "core.h"
#include "error.h"
#include "hypervisor-libvirt.h"
#include "xml-backup.h"

/* The one way of changing a guest, against libvirt's own test driver in this process. */

typedef struct
{
  HoHypervisorLibvirt *hypervisor;
  HoCore *core;
  HoGuest *guest;
} Fixture;

static void
on_result (GObject *object, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

/* Edits. */

static gboolean
edit_title (xmlDoc *doc, gpointer data, GError **error)
{
  xmlNode *root = xmlDocGetRootElement (doc);
  xmlNode *title = ho_xml_find_child (root, "title");

  if (title == NULL)
    title = ho_xml_add_child (root, "title", NULL);
  ho_xml_set_text (title, data);
  return TRUE;
}

static gboolean
edit_uuid (xmlDoc *doc, gpointer data, GError **error)
{
  ho_xml_set_text (ho_xml_find_child (xmlDocGetRootElement (doc), "uuid"),
                   "00000000-0000-4000-8000-000000000009");
  return TRUE;
}

static gboolean
edit_nonsense (xmlDoc *doc, gpointer data, GError **error)
{
  ho_xml_set_text (ho_xml_find_child (xmlDocGetRootElement (doc), "vcpu"), "many");
  return TRUE;
}

static gboolean
refuse (xmlDoc *doc, gpointer data, GError **error)
{
  ho_xml_add_child (xmlDocGetRootElement (doc), "title", NULL);
  g_set_error_literal (error, HO_ERROR, HO_ERROR_UNSUPPORTED, "not this one");
  return FALSE;
}

/* Steps. */

static char *
read_xml (Fixture *fixture)
{
  HoHypervisor *hypervisor = HO_HYPERVISOR (fixture->hypervisor);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  char *xml;

  ho_hypervisor_get_xml_async (hypervisor, ho_guest_get_uuid (fixture->guest), TRUE, NULL,
                               on_result, &result);
  wait_for (&result);
  xml = ho_hypervisor_get_xml_finish (hypervisor, result, &error);
  g_assert_no_error (error);
  return xml;
}

static void
define (Fixture *fixture, const char *xml)
{
  HoHypervisor *hypervisor = HO_HYPERVISOR (fixture->hypervisor);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ho_hypervisor_define_xml_async (hypervisor, xml, NULL, on_result, &result);
  wait_for (&result);
  ho_hypervisor_define_xml_finish (hypervisor, result, &error);
  g_assert_no_error (error);
}

static HoGuestEdit *
prepare (Fixture *fixture, HoXmlEdit edit, const char *data, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ho_guest_edit_prepare_async (HO_HYPERVISOR (fixture->hypervisor), fixture->guest, edit,
                               g_strdup (data), g_free, NULL, on_result, &result);
  wait_for (&result);
  return ho_guest_edit_prepare_finish (result, error);
}

static HoGuestEdit *
prepare_undo (Fixture *fixture, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ho_guest_edit_prepare_undo_async (HO_HYPERVISOR (fixture->hypervisor), fixture->guest, NULL,
                                    on_result, &result);
  wait_for (&result);
  return ho_guest_edit_prepare_finish (result, error);
}

static gboolean
apply (HoGuestEdit *edit, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ho_guest_edit_apply_async (edit, NULL, on_result, &result);
  wait_for (&result);
  return ho_guest_edit_apply_finish (edit, result, error);
}

static void
change_title (Fixture *fixture, const char *title)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HoGuestEdit) edit = prepare (fixture, edit_title, title, &error);

  g_assert_no_error (error);
  apply (edit, &error);
  g_assert_no_error (error);
}

static void
undo (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HoGuestEdit) edit = prepare_undo (fixture, &error);

  g_assert_no_error (error);
  apply (edit, &error);
  g_assert_no_error (error);
}

static guint
count_backups (Fixture *fixture)
{
  g_autofree char *path = ho_xml_backup_get_dir (ho_guest_get_uuid (fixture->guest));
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (HoSettings) settings = ho_settings_new_in_memory (NULL);

  fixture->hypervisor = ho_hypervisor_libvirt_new ("test:///default");
  fixture->core = ho_core_new (settings, HO_HYPERVISOR (fixture->hypervisor));
  ho_hypervisor_libvirt_connect (fixture->hypervisor);
  while (ho_core_get_primary_guest (fixture->core) == NULL
         || ho_hypervisor_get_state (HO_HYPERVISOR (fixture->hypervisor))
                != HO_CONNECTION_CONNECTED)
    g_main_context_iteration (NULL, TRUE);
  fixture->guest = g_object_ref (ho_core_get_primary_guest (fixture->core));
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *backups = g_build_filename (g_get_user_data_dir (), "handover", NULL);

  g_object_unref (fixture->guest);
  g_object_unref (fixture->core);
  g_object_unref (fixture->hypervisor);
  remove_tree (backups);
}

static void
test_shown_kept_made (Fixture *fixture, gconstpointer data)
{
  g_autofree char *before = read_xml (fixture);
  g_autoptr (GError) error = NULL;
  g_autoptr (HoGuestEdit) edit = prepare (fixture, edit_title, "New title", &error);
  g_autofree char *unchanged = read_xml (fixture);
  g_autofree char *after = NULL;
  g_autofree char *kept = NULL;
  g_autofree char *dir = NULL;
  GStatBuf info;

  g_assert_no_error (error);
  g_assert_cmpstr (before, ==, unchanged);
  g_assert_true (ho_guest_edit_changes (edit));
  g_assert_nonnull (
      strstr (ho_guest_edit_get_difference (edit), "\n+  <title>New title</title>\n"));
  g_assert_nonnull (strstr (ho_guest_edit_get_difference (edit), "--- test, as it is\n"));
  g_assert_null (strstr (ho_guest_edit_get_difference (edit), "\n-"));
  g_assert_null (ho_guest_edit_get_backup (edit));
  g_assert_cmpuint (count_backups (fixture), ==, 0);

  g_assert_true (apply (edit, &error));
  g_assert_no_error (error);
  after = read_xml (fixture);
  g_assert_nonnull (strstr (after, "<title>New title</title>"));
  g_assert_true (g_file_get_contents (ho_guest_edit_get_backup (edit), &kept, NULL, NULL));
  g_assert_cmpstr (kept, ==, before);
  g_assert_cmpint (g_stat (ho_guest_edit_get_backup (edit), &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  dir = g_path_get_dirname (ho_guest_edit_get_backup (edit));
  g_assert_cmpint (g_stat (dir, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);
  undo (fixture);
}

static void
test_nothing_to_do (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HoGuestEdit) edit = NULL;

  change_title (fixture, "Same");
  edit = prepare (fixture, edit_title, "Same", &error);
  g_assert_no_error (error);
  g_assert_false (ho_guest_edit_changes (edit));
  g_assert_cmpstr (ho_guest_edit_get_difference (edit), ==, "");
  g_assert_true (apply (edit, &error));
  g_assert_cmpuint (count_backups (fixture), ==, 1);
  undo (fixture);
}

static void
test_undo_walks_back (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = read_xml (fixture);
  g_autofree char *second = NULL;
  g_autofree char *third = NULL;
  g_autofree char *now = NULL;
  g_autoptr (GError) error = NULL;

  change_title (fixture, "One");
  second = read_xml (fixture);
  change_title (fixture, "Two");
  undo (fixture);
  now = read_xml (fixture);
  g_assert_cmpstr (now, ==, second);

  /* A change after an undo is undone first, then what was before it. */
  change_title (fixture, "Three");
  g_assert_cmpuint (count_backups (fixture), ==, 4);
  undo (fixture);
  third = read_xml (fixture);
  g_assert_cmpstr (third, ==, second);
  undo (fixture);
  g_free (now);
  now = read_xml (fixture);
  g_assert_cmpstr (now, ==, first);
  g_assert_cmpuint (count_backups (fixture), ==, 6);

  g_assert_null (prepare_undo (fixture, &error));
  g_assert_error (error, HO_ERROR, HO_ERROR_FAILED);
}

/* Whoever changed the guest between the difference and the yes wins. */
static void
test_changed_meanwhile (Fixture *fixture, gconstpointer data)
{
  g_autofree char *before = read_xml (fixture);
  g_autoptr (GError) error = NULL;
  g_autoptr (HoGuestEdit) edit = prepare (fixture, edit_title, "Mine", &error);
  g_autoptr (HoXmlDoc) doc = ho_xml_parse_domain (before, NULL);
  g_autofree char *theirs = NULL;
  g_autofree char *after = NULL;

  edit_title (doc, (gpointer) "Theirs", NULL);
  theirs = ho_xml_print (doc);
  define (fixture, theirs);
  g_assert_false (apply (edit, &error));
  g_assert_error (error, HO_ERROR, HO_ERROR_REFUSED);
  after = read_xml (fixture);
  g_assert_nonnull (strstr (after, "Theirs"));
  g_assert_cmpuint (count_backups (fixture), ==, 0);
  define (fixture, before);
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  g_autofree char *before = read_xml (fixture);
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (HoGuestEdit) edit = NULL;

  g_assert_null (prepare (fixture, refuse, NULL, &error));
  g_assert_error (error, HO_ERROR, HO_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  g_assert_null (prepare (fixture, edit_uuid, NULL, &error));
  g_assert_error (error, HO_ERROR, HO_ERROR_FAILED);
  g_clear_error (&error);

  /* libvirt has the last word. */
  edit = prepare (fixture, edit_nonsense, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (apply (edit, &error));
  g_assert_nonnull (error);
  after = read_xml (fixture);
  g_assert_cmpstr (before, ==, after);
}

/* Without a backup nothing is changed. */
static void
test_no_backup_no_change (Fixture *fixture, gconstpointer data)
{
  g_autofree char *before = read_xml (fixture);
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (HoGuestEdit) edit = prepare (fixture, edit_title, "Lost", &error);
  g_autofree char *blocked = g_build_filename (g_get_user_data_dir (), "handover", NULL);

  g_assert_true (g_file_set_contents (blocked, "in the way", -1, NULL));
  g_assert_false (apply (edit, &error));
  g_assert_error (error, HO_ERROR, HO_ERROR_FAILED);
  after = read_xml (fixture);
  g_assert_cmpstr (before, ==, after);
}

static void
test_backups_never_overwritten (void)
{
  const char *uuid = "00000000-0000-4000-8000-000000000001";
  g_autoptr (GHashTable) paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *dir = ho_xml_backup_get_dir (uuid);
  g_autofree char *future = g_build_filename (dir, "29991231T235959.999999Z.xml", NULL);
  g_autoptr (GPtrArray) names = NULL;
  g_autofree char *newest = NULL;

  for (int i = 0; i < 50; i++)
    {
      g_autofree char *text = g_strdup_printf ("%d", i);
      char *path;

      /* The clock may go back. */
      if (i == 25)
        g_assert_true (g_file_set_contents (future, "later", -1, NULL));
      path = ho_xml_backup_save (uuid, text, NULL, NULL);
      g_assert_nonnull (path);
      g_assert_true (g_hash_table_add (paths, path));
    }
  names = ho_xml_backup_list (uuid, NULL);
  g_assert_cmpuint (names->len, ==, 51);
  newest = ho_xml_backup_load (uuid, names->pdata[0], NULL);
  g_assert_cmpstr (newest, ==, "49");
  remove_tree (dir);
}

int
main (int argc, char **argv)
{
  g_autofree char *data = g_dir_make_tmp ("handover-edit-XXXXXX", NULL);
  int code;

  g_setenv ("XDG_DATA_HOME", data, TRUE);
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add (name, Fixture, NULL, set_up, function, tear_down)
  ADD ("/guest-edit/shown-kept-made", test_shown_kept_made);
  ADD ("/guest-edit/nothing-to-do", test_nothing_to_do);
  ADD ("/guest-edit/undo-walks-back", test_undo_walks_back);
  ADD ("/guest-edit/changed-meanwhile", test_changed_meanwhile);
  ADD ("/guest-edit/refused", test_refused);
  ADD ("/guest-edit/no-backup-no-change", test_no_backup_no_change);
  g_test_add_func ("/guest-edit/backups-never-overwritten", test_backups_never_overwritten);
  code = g_test_run ();
  remove_tree (data);
  return code;
}
