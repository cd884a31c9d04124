/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "xml-backup.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"

#include <glib/gi18n.h>

/* Where the old descriptions of guests are kept: `~/.local/share/handover/backup/UUID/TIME.xml`,
 * one file for each change, for this user's eyes only since they hold the guests' passwords. No
 * file is ever written twice or removed by us, so what has been undone must be told by the names:
 * the backup that an undo makes is called `TIME_undo_TIME.xml`, the second being the time of the
 * backup that it put back. Nothing here waits for anything but the disk: run it in a thread. */

#define SUFFIX ".xml"
#define UNDO "_undo_"

/* A name that sorts by time: 2026-11-24T20:36:42 and 123456 µs is 20261124T203642.123456Z. */
#define TIME_FORMAT "%Y%m%dT%H%M%S.%fZ"
#define TIME_LENGTH 23

/**
 * ho_xml_backup_get_dir:
 * @uuid: a guest
 *
 * Returns: (transfer full): the directory of its backups, which need not be there
 */
char *
ho_xml_backup_get_dir (const char *uuid)
{
  return g_build_filename (g_get_user_data_dir (), "handover", "backup", uuid, NULL);
}

static gboolean
fail (const char *path, GError **error)
{
  g_set_error (error, HO_ERROR, HO_ERROR_FAILED,
               _ ("The backup %s cannot be written: %s. The guest was not changed."), path,
               g_strerror (errno));
  return FALSE;
}

/* Opens the directory for writing, made when missing, or returns -1. */
static int
open_dir (const char *path, GError **error)
{
  struct stat info;
  int fd;

  if (g_mkdir_with_parents (path, 0700) < 0
      || (fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
    {
      fail (path, error);
      return -1;
    }
  if (fstat (fd, &info) == 0 && (info.st_mode & 077) != 0 && fchmod (fd, 0700) < 0)
    {
      fail (path, error);
      close (fd);
      return -1;
    }
  return fd;
}

static gboolean
is_backup (const char *name)
{
  return strlen (name) > TIME_LENGTH && name[TIME_LENGTH - 1] == 'Z'
         && g_str_has_suffix (name, SUFFIX);
}

static int
compare_newest_first (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) b, *(const char *const *) a);
}

/* All backups of the guest, newest first; empty if there is no directory. */
static GPtrArray *
list_all (const char *uuid)
{
  g_autofree char *path = ho_xml_backup_get_dir (uuid);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      if (is_backup (name))
        g_ptr_array_add (names, g_strdup (name));
    }
  g_ptr_array_sort (names, compare_newest_first);
  return names;
}

/* The present time, or a moment after the newest backup if the clock went back since. */
static char *
make_time (const char *uuid)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *text = g_date_time_format (now, TIME_FORMAT);
  g_autoptr (GPtrArray) names = list_all (uuid);
  g_autofree char *newest = names->len > 0 ? g_strndup (names->pdata[0], TIME_LENGTH) : NULL;
  g_autoptr (GDateTime) last = newest != NULL ? g_date_time_new_from_iso8601 (newest, NULL) : NULL;
  g_autoptr (GDateTime) next = last != NULL ? g_date_time_add (last, 1) : NULL;

  return next != NULL && strcmp (text, newest) <= 0 ? g_date_time_format (next, TIME_FORMAT)
                                                    : g_steal_pointer (&text);
}

static gboolean
write_all (int fd, const char *text)
{
  gsize length = strlen (text);

  for (gsize done = 0; done < length;)
    {
      gssize n = write (fd, text + done, length - done);

      if (n >= 0)
        done += (gsize) n;
      else if (errno != EINTR)
        return FALSE;
    }
  return fsync (fd) == 0;
}

static gboolean
write_new_file (int dir, const char *name, const char *text)
{
  int fd = openat (dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  gboolean ok;
  int reason;

  if (fd < 0)
    return FALSE;
  ok = write_all (fd, text);
  reason = errno;
  close (fd);
  if (!ok)
    unlinkat (dir, name, 0);
  errno = reason;
  return ok && fsync (dir) == 0;
}

/**
 * ho_xml_backup_save:
 * @uuid: a guest
 * @xml: its present description
 * @undone: (nullable): the name of the backup that is about to be put back, for an undo
 * @error: return location for a #GError
 *
 * Returns: (transfer full): the path of the new backup, safe on disk; or %NULL with
 *   %HO_ERROR_FAILED
 */
char *
ho_xml_backup_save (const char *uuid, const char *xml, const char *undone, GError **error)
{
  g_autofree char *path = ho_xml_backup_get_dir (uuid);
  g_autofree char *time = NULL;
  g_autofree char *name = NULL;
  g_autofree char *file = NULL;
  gboolean ok;
  int dir;

  g_return_val_if_fail (g_uuid_string_is_valid (uuid), NULL);

  dir = open_dir (path, error);
  if (dir < 0)
    return NULL;
  time = make_time (uuid);
  name = undone != NULL ? g_strdup_printf ("%s" UNDO "%.*s" SUFFIX, time, TIME_LENGTH, undone)
                        : g_strconcat (time, SUFFIX, NULL);
  file = g_build_filename (path, name, NULL);
  ok = write_new_file (dir, name, xml) || fail (file, error);
  close (dir);
  return ok ? g_steal_pointer (&file) : NULL;
}

/**
 * ho_xml_backup_list:
 * @uuid: a guest
 * @error: return location for a #GError
 *
 * Returns: (transfer full) (element-type utf8): the names of the backups that an undo may put back,
 *   the next one first; or %NULL with %HO_ERROR_FAILED if there is none
 */
GPtrArray *
ho_xml_backup_list (const char *uuid, GError **error)
{
  g_autoptr (GPtrArray) all = list_all (uuid);
  g_autoptr (GHashTable) undone = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < all->len; i++)
    {
      const char *name = all->pdata[i];

      if (g_str_has_prefix (name + TIME_LENGTH, UNDO))
        g_hash_table_add (undone, g_strdup (name + TIME_LENGTH + strlen (UNDO)));
      else if (!g_hash_table_contains (undone, name))
        g_ptr_array_add (names, g_strdup (name));
    }
  if (names->len > 0)
    return names;
  g_ptr_array_unref (names);
  g_set_error_literal (
      error, HO_ERROR, HO_ERROR_FAILED,
      _ ("There is nothing to undo: no change of this guest by Handover is left."));
  return NULL;
}

/**
 * ho_xml_backup_load:
 * @uuid: a guest
 * @name: of one of its backups
 * @error: return location for a #GError
 *
 * Returns: (transfer full): what is in it; or %NULL with %HO_ERROR_FAILED
 */
char *
ho_xml_backup_load (const char *uuid, const char *name, GError **error)
{
  g_autofree char *dir = ho_xml_backup_get_dir (uuid);
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autoptr (GError) reason = NULL;
  char *xml = NULL;

  if (!g_file_get_contents (path, &xml, NULL, &reason))
    g_set_error (error, HO_ERROR, HO_ERROR_FAILED, _ ("The backup cannot be read: %s."),
                 reason->message);
  return xml;
}
