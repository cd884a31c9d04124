/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "busy-marker.h"
#include "fake-root.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* The user's word to the libvirt hook: what it believes, and what it must not. */

#define UUID "2d3ec3a6-6a1c-4a8e-9f0b-0b5f4e8b0001"
#define NAME "handover-ignore-busy-" UUID

typedef struct
{
  char *marker;
  gboolean may;
  guint asked;
} Fixture;

static const char *run_user; /* stands for /run/user */

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->marker = g_build_filename (g_get_user_runtime_dir (), NAME, NULL);
  fixture->may = TRUE;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  unlink (fixture->marker);
  g_free (fixture->marker);
}

static gboolean
may_decide (uid_t uid, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_cmpuint (uid, ==, getuid ());
  fixture->asked++;
  return fixture->may;
}

static gboolean
take (Fixture *fixture)
{
  return ho_busy_marker_take (run_user, UUID, may_decide, fixture);
}

static void
put (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (ho_busy_marker_put (UUID, &error));
  g_assert_no_error (error);
}

static void
set_age (Fixture *fixture, gint64 seconds)
{
  const struct timespec when = { .tv_sec = g_get_real_time () / G_USEC_PER_SEC - seconds };
  const struct timespec times[] = { when, when };

  g_assert_cmpint (utimensat (AT_FDCWD, fixture->marker, times, AT_SYMLINK_NOFOLLOW), ==, 0);
}

static void
test_once (Fixture *fixture, gconstpointer data)
{
  g_assert_false (take (fixture));
  put ();
  g_assert_false (
      ho_busy_marker_take (run_user, "2d3ec3a6-6a1c-4a8e-9f0b-0b5f4e8b0002", may_decide, fixture));
  g_assert_true (take (fixture));
  g_assert_false (take (fixture));
}

static void
test_taken_back (Fixture *fixture, gconstpointer data)
{
  put ();
  ho_busy_marker_remove (UUID);
  g_assert_false (take (fixture));
}

static void
test_not_theirs (Fixture *fixture, gconstpointer data)
{
  put ();
  fixture->may = FALSE;
  g_assert_false (take (fixture));
  g_assert_cmpuint (fixture->asked, ==, 1);
}

static void
test_age (Fixture *fixture, gconstpointer data)
{
  put ();
  set_age (fixture, 3600);
  g_assert_false (take (fixture));
  set_age (fixture, -3600);
  g_assert_false (take (fixture));
  set_age (fixture, 5);
  g_assert_true (take (fixture));
}

/* Not a plain file of the user's alone. */
static void
test_links (Fixture *fixture, gconstpointer data)
{
  g_autofree char *target = g_build_filename (run_user, "target", NULL);

  g_assert_true (g_file_set_contents (target, "kept", -1, NULL));
  g_assert_cmpint (symlink (target, fixture->marker), ==, 0);
  g_assert_false (take (fixture));
  unlink (fixture->marker);
  g_assert_cmpint (link (target, fixture->marker), ==, 0);
  g_assert_false (take (fixture));
  unlink (fixture->marker);
  g_assert_cmpint (mkdir (fixture->marker, 0700), ==, 0);
  g_assert_false (take (fixture));
  g_assert_cmpint (rmdir (fixture->marker), ==, 0);
  g_assert_cmpuint (fixture->asked, ==, 0);

  /* And what lies in the way is replaced, not followed. */
  g_assert_cmpint (symlink (target, fixture->marker), ==, 0);
  put ();
  g_assert_true (take (fixture));
  g_assert_true (g_file_test (target, G_FILE_TEST_IS_REGULAR));
  g_unlink (target);
}

static void
test_open_folder (Fixture *fixture, gconstpointer data)
{
  put ();
  g_assert_cmpint (chmod (g_get_user_runtime_dir (), 0770), ==, 0);
  g_assert_false (take (fixture));
  g_assert_cmpint (chmod (g_get_user_runtime_dir (), 0700), ==, 0);
  g_assert_true (take (fixture));
}

/* A folder that is named after somebody else, or after nobody. */
static void
test_other_folder (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "4294967295", "99999", "12x", "name" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *folder = g_build_filename (run_user, names[i], NULL);
      g_autofree char *marker = g_build_filename (folder, NAME, NULL);

      g_assert_cmpint (mkdir (folder, 0700), ==, 0);
      g_assert_true (g_file_set_contents (marker, "", 0, NULL));
      g_assert_false (take (fixture));
      g_unlink (marker);
      g_rmdir (folder);
    }
  g_assert_cmpuint (fixture->asked, ==, 0);
}

static void
test_no_uuid (Fixture *fixture, gconstpointer data)
{
  put ();
  g_assert_false (ho_busy_marker_take (run_user, "../" UUID, may_decide, fixture));
  g_assert_false (ho_busy_marker_take (run_user, "", may_decide, fixture));
  g_assert_false (ho_busy_marker_take ("/nonexistent", UUID, may_decide, fixture));
}

int
main (int argc, char **argv)
{
  FakeRoot *root = fake_root_new ();
  g_autofree char *own = g_strdup_printf ("%s/%u", root->path, (guint) getuid ());
  int status;

  run_user = root->path;
  g_mkdir (own, 0700);
  g_setenv ("XDG_RUNTIME_DIR", own, TRUE);
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add ("/busy-marker/" #name, Fixture, NULL, set_up, test_##name, tear_down)
  ADD (once);
  ADD (taken_back);
  ADD (not_theirs);
  ADD (age);
  ADD (links);
  ADD (open_folder);
  ADD (other_folder);
  ADD (no_uuid);
#undef ADD
  status = g_test_run ();
  fake_root_free (root);
  return status;
}
