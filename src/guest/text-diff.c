/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* memfd_create */
#define G_LOG_DOMAIN "handover-guest"

#include "text-diff.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "error.h"
#include "spawn.h"

#include <glib/gi18n.h>

/* A unified difference by diff(1), which every distribution has: the one small C library for it,
 * libxdiff, is packaged nowhere, and libgit2 would bring TLS and ssh into this process. The texts
 * hold a guest's passwords, so they travel in memory, never in a file or an argument. */

static int
make_memory_file (const char *text, GError **error)
{
  gsize length = strlen (text);
  int fd = memfd_create ("handover-xml", MFD_CLOEXEC);

  for (gsize done = 0; fd >= 0 && done < length;)
    {
      gssize n = write (fd, text + done, length - done);

      if (n >= 0)
        {
          done += (gsize) n;
        }
      else if (errno != EINTR)
        {
          int reason = errno;

          close (fd);
          fd = -1;
          errno = reason;
        }
    }
  if (fd < 0)
    g_set_error (error, HO_ERROR, HO_ERROR_FAILED, _ ("There is no memory for a difference: %s."),
                 g_strerror (errno));
  return fd;
}

static void
on_compared (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GSubprocess *diff = G_SUBPROCESS (object);
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  if (!g_subprocess_communicate_utf8_finish (diff, result, &text, NULL, &error))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (!g_subprocess_get_if_exited (diff) || g_subprocess_get_exit_status (diff) > 1)
    {
      g_free (text);
      g_task_return_new_error (task, HO_ERROR, HO_ERROR_FAILED,
                               _ ("“diff” could not compare the old and the new description of "
                                  "the guest."));
    }
  else
    g_task_return_pointer (task, text, g_free);
}

/**
 * ho_text_diff_async:
 * @old_label: what to call @old_text
 * @old_text: a text of whole lines
 * @new_label: what to call @new_text
 * @new_text: another text of whole lines
 * @cancellable: (nullable): forgets the answer
 * @callback: called with the difference
 * @user_data: for @callback
 */
void
ho_text_diff_async (const char *old_label, const char *old_text, const char *new_label,
                    const char *new_text, GCancellable *cancellable, GAsyncReadyCallback callback,
                    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (HO_SPAWN | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GSubprocess) diff = NULL;
  g_autoptr (GError) error = NULL;
  int old_fd, new_fd;

  g_task_set_source_tag (task, ho_text_diff_async);
  old_fd = make_memory_file (old_text, &error);
  if (old_fd >= 0)
    g_subprocess_launcher_take_fd (launcher, old_fd, 3);
  new_fd = error == NULL ? make_memory_file (new_text, &error) : -1;
  if (new_fd >= 0)
    g_subprocess_launcher_take_fd (launcher, new_fd, 4);
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C", TRUE);
  if (error == NULL)
    diff = g_subprocess_launcher_spawn (launcher, &error, "diff", "-u", "--label", old_label,
                                        "--label", new_label, "/proc/self/fd/3", "/proc/self/fd/4",
                                        NULL);
  if (diff != NULL)
    g_subprocess_communicate_utf8_async (diff, NULL, cancellable, on_compared,
                                         g_steal_pointer (&task));
  else if (error->domain == HO_ERROR)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_FAILED,
                             _ ("“diff” cannot be run (%s). Install the package “diffutils”."),
                             error->message);
}

/**
 * ho_text_diff_finish:
 *
 * Returns: (transfer full): the unified difference, empty if there is none
 */
char *
ho_text_diff_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
