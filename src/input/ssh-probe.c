/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ssh-probe.h"

/* Seconds that the server of this machine may take to greet. */
#define PATIENCE 3

#define SSH_PORT 22

static void
on_greeting (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GBytes) greeting
      = g_input_stream_read_bytes_finish (G_INPUT_STREAM (object), result, NULL);
  gsize length = 0;
  const char *text = greeting != NULL ? g_bytes_get_data (greeting, &length) : NULL;

  /* https://www.rfc-editor.org/rfc/rfc4253#section-4.2 */
  g_task_return_boolean (task, length >= 4 && memcmp (text, "SSH-", 4) == 0);
}

static void
on_connected (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GSocketConnection) connection
      = g_socket_client_connect_to_host_finish (G_SOCKET_CLIENT (object), result, NULL);

  if (connection == NULL)
    {
      g_task_return_boolean (task, FALSE);
      return;
    }
  g_task_set_task_data (task, g_object_ref (connection), g_object_unref);
  g_input_stream_read_bytes_async (g_io_stream_get_input_stream (G_IO_STREAM (connection)), 4,
                                   G_PRIORITY_DEFAULT, g_task_get_cancellable (task), on_greeting,
                                   g_object_ref (task));
}

/**
 * ho_ssh_probe_async:
 * @wanted: whether to look at all; the answer is no otherwise
 * @cancellable: (nullable): forgets the answer
 * @callback: called with the answer
 * @user_data: for @callback
 *
 * Finds out whether an ssh server greets on this machine's own port 22.
 */
void
ho_ssh_probe_async (gboolean wanted, GCancellable *cancellable, GAsyncReadyCallback callback,
                    gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (GSocketClient) client = NULL;

  if (!wanted)
    {
      g_task_return_boolean (task, FALSE);
      g_object_unref (task);
      return;
    }
  client = g_socket_client_new ();
  g_socket_client_set_timeout (client, PATIENCE);
  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_connect_to_host_async (client, "127.0.0.1", SSH_PORT, cancellable, on_connected,
                                         task);
}

/** ho_ssh_probe_finish: Returns: whether an ssh server answers */
gboolean
ho_ssh_probe_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
