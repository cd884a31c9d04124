/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-gpu"

#include "busy-marker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "error.h"

#include <glib/gi18n.h>

/* How the user's word that a guest is to start although its card is in use reaches the libvirt
 * hook, which runs as root in libvirt's service and has nothing of the user's but files: one empty
 * file for one start of one guest, `handover-ignore-busy-UUID` in the user's runtime directory.
 * That directory is made by the system for that user alone, so nobody else can put or move a file
 * there; the hook believes it only of users who may start guests, only for a minute, and only once.
 */

#define PREFIX "handover-ignore-busy-"
#define HOOK "/etc/libvirt/hooks/qemu.d/handover"
#define MAX_AGE 60 /* seconds */

typedef DIR DirStream;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DirStream, closedir)

/**
 * ho_busy_hook_is_installed:
 *
 * Returns: whether libvirt asks our hook before each start: then a card that is in use is not taken
 *   away, whoever starts the guest, since the hook can read every process
 */
gboolean
ho_busy_hook_is_installed (void)
{
  return g_file_test (HOOK, G_FILE_TEST_IS_EXECUTABLE);
}

static char *
make_path (const char *uuid)
{
  g_autofree char *name = g_strconcat (PREFIX, uuid, NULL);

  return g_build_filename (g_get_user_runtime_dir (), name, NULL);
}

/**
 * ho_busy_marker_put:
 * @uuid: a guest
 * @error: return location for a #GError
 *
 * Says that the next start of @uuid is to go ahead whoever uses its card.
 *
 * Returns: whether it could be said
 */
gboolean
ho_busy_marker_put (const char *uuid, GError **error)
{
  g_autofree char *path = make_path (uuid);
  int fd;

  unlink (path);
  fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    {
      g_set_error (error, HO_ERROR, HO_ERROR_FAILED, _ ("%s cannot be written: %s."), path,
                   g_strerror (errno));
      return FALSE;
    }
  close (fd);
  return TRUE;
}

/**
 * ho_busy_marker_remove:
 * @uuid: a guest
 *
 * Takes that back.
 */
void
ho_busy_marker_remove (const char *uuid)
{
  g_autofree char *path = make_path (uuid);

  unlink (path);
}

static gboolean
is_fresh (const struct stat *info)
{
  time_t now = time (NULL);

  return info->st_mtime <= now && now - info->st_mtime <= MAX_AGE;
}

/* Whether the user @name, a number, has put a marker; it is gone afterwards. */
static gboolean
take_from (int run_user, const char *name, const char *marker,
           gboolean (*may_decide) (uid_t uid, gpointer user_data), gpointer user_data)
{
  char *end = NULL;
  guint64 uid = g_ascii_strtoull (name, &end, 10);
  struct stat dir_info, info;
  gboolean taken;
  int dir;

  if (end == name || *end != '\0' || uid >= G_MAXUINT32)
    return FALSE;
  dir = openat (run_user, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (dir < 0)
    return FALSE;
  taken = fstat (dir, &dir_info) == 0 && dir_info.st_uid == uid
          && (dir_info.st_mode & (S_IWGRP | S_IWOTH)) == 0
          && fstatat (dir, marker, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG (info.st_mode)
          && info.st_uid == uid && info.st_nlink == 1 && is_fresh (&info)
          && may_decide ((uid_t) uid, user_data);
  if (taken && unlinkat (dir, marker, 0) < 0)
    taken = FALSE; /* for one start only */
  close (dir);
  return taken;
}

/**
 * ho_busy_marker_take:
 * @run_user: the folder of the users' runtime directories, /run/user
 * @uuid: a guest that is about to start
 * @may_decide: whether a user's word counts
 * @user_data: for @may_decide
 *
 * For the hook.
 *
 * Returns: whether a user has said that this start is to go ahead; it is said for one start only
 */
gboolean
ho_busy_marker_take (const char *run_user, const char *uuid,
                     gboolean (*may_decide) (uid_t uid, gpointer user_data), gpointer user_data)
{
  g_autofree char *marker = g_strconcat (PREFIX, uuid, NULL);
  g_autoptr (DirStream) stream = opendir (run_user);
  struct dirent *entry;

  if (!g_uuid_string_is_valid (uuid))
    return FALSE;
  while (stream != NULL && (entry = readdir (stream)) != NULL)
    {
      if (take_from (dirfd (stream), entry->d_name, marker, may_decide, user_data))
        return TRUE;
    }
  return FALSE;
}
