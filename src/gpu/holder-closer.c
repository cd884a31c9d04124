/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-gpu"

#include "holder-closer.h"

#include <glib-unix.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Asking programs to end. A process is held by a descriptor (pidfd_open(2)) while it is made sure
 * that it is still the one that was shown to the user, so no other can be hit; the descriptor also
 * tells when it has ended. */

typedef struct
{
  int fd;
  guint source;
} Watch;

typedef struct
{
  GPtrArray *watches; /* of Watch: one for each process that has not ended yet */
  guint timeout;
} Closing;

static void
watch_free (gpointer data)
{
  Watch *watch = data;

  g_clear_handle_id (&watch->source, g_source_remove);
  close (watch->fd);
  g_free (watch);
}

static void
closing_free (gpointer data)
{
  Closing *closing = data;

  g_clear_handle_id (&closing->timeout, g_source_remove);
  g_ptr_array_unref (closing->watches);
  g_free (closing);
}

static gboolean
is_closable (const HoHolder *holder)
{
  return holder->kind == HO_HOLDER_PROGRAM && holder->uid == getuid ();
}

/**
 * ho_holders_count_closable:
 * @self: users of a card
 *
 * Returns: how many of them are programs of the user's own that may be asked to end
 */
guint
ho_holders_count_closable (const HoHolders *self)
{
  guint n = 0;

  for (guint i = 0; i < self->list->len; i++)
    n += is_closable (self->list->pdata[i]) ? 1 : 0;
  return n;
}

/* The time at which the process started, field 22 of /proc/PID/stat; 0: it has ended. */
static guint64
read_start_time (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int) pid);
  g_autofree char *text = NULL;
  g_auto (GStrv) fields = NULL;
  const char *end;

  if (!g_file_get_contents (path, &text, NULL, NULL) || (end = strrchr (text, ')')) == NULL)
    return 0;
  fields = g_strsplit (end + 1, " ", -1); /* fields[1] is the state, field 3 */
  return g_strv_length (fields) > 20 ? g_ascii_strtoull (fields[20], NULL, 10) : 0;
}

static int
send_term (const HoHolder *holder)
{
  int fd = (int) syscall (SYS_pidfd_open, holder->pid, 0);

  if (fd < 0)
    return -1;
  if (read_start_time (holder->pid) != holder->start_time
      || syscall (SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0) < 0)
    {
      close (fd);
      return -1;
    }
  g_debug ("asked %s (%d) to end", holder->command, (int) holder->pid);
  return fd;
}

/* Takes the reference that the sources share. */
static void
end (GTask *task, gboolean all_ended)
{
  Closing *closing = g_task_get_task_data (task);

  g_clear_handle_id (&closing->timeout, g_source_remove);
  g_ptr_array_set_size (closing->watches, 0);
  g_task_return_boolean (task, all_ended);
  g_object_unref (task);
}

static gboolean
on_ended (int fd, GIOCondition condition, gpointer user_data)
{
  GTask *task = user_data;
  Closing *closing = g_task_get_task_data (task);

  for (guint i = 0; i < closing->watches->len; i++)
    {
      Watch *watch = closing->watches->pdata[i];

      if (watch->fd != fd)
        continue;
      watch->source = 0;
      g_ptr_array_remove_index_fast (closing->watches, i);
      break;
    }
  if (closing->watches->len == 0)
    end (task, TRUE);
  return G_SOURCE_REMOVE;
}

static gboolean
on_timeout (gpointer user_data)
{
  Closing *closing = g_task_get_task_data (user_data);

  closing->timeout = 0;
  end (user_data, FALSE);
  return G_SOURCE_REMOVE;
}

/**
 * ho_holders_close_async:
 * @self: users of a card
 * @seconds: how long they are given
 * @cancellable: (nullable): forgets the answer
 * @callback: called when they have ended, or the time is over
 * @user_data: for @callback
 *
 * Asks (SIGTERM) those of them that are programs of the user's own to end; never another's, and
 * nothing that the session consists of.
 */
void
ho_holders_close_async (HoHolders *self, guint seconds, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Closing *closing = g_new0 (Closing, 1);

  g_task_set_source_tag (task, ho_holders_close_async);
  closing->watches = g_ptr_array_new_with_free_func (watch_free);
  g_task_set_task_data (task, closing, closing_free);
  for (guint i = 0; i < self->list->len; i++)
    {
      const HoHolder *holder = self->list->pdata[i];
      int fd = is_closable (holder) ? send_term (holder) : -1;
      Watch *watch;

      if (fd < 0)
        continue;
      watch = g_new0 (Watch, 1);
      watch->fd = fd;
      watch->source = g_unix_fd_add (fd, G_IO_IN, on_ended, task);
      g_ptr_array_add (closing->watches, watch);
    }
  if (closing->watches->len == 0)
    end (task, TRUE);
  else
    closing->timeout = g_timeout_add_seconds (seconds, on_timeout, task);
}

/**
 * ho_holders_close_finish:
 *
 * Returns: whether all that were asked have ended
 */
gboolean
ho_holders_close_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
