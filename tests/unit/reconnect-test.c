/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reconnect.h"

#include <glib/gstdio.h>

static void
test_sockets (void)
{
  g_auto (GStrv) system = ho_reconnect_list_sockets ("qemu:///system");
  g_auto (GStrv) named = ho_reconnect_list_sockets ("test+unix:///default?socket=/run/x");
  g_auto (GStrv) remote = ho_reconnect_list_sockets ("qemu+ssh://host/system");
  g_auto (GStrv) in_process = ho_reconnect_list_sockets ("test:///default");
  g_auto (GStrv) nonsense = ho_reconnect_list_sockets ("%%");

  g_assert_cmpstr (system[0], ==, "/run/libvirt/libvirt-sock");
  g_assert_cmpstr (system[1], ==, "/run/libvirt/virtqemud-sock");
  g_assert_cmpstr (named[0], ==, "/run/x");
  g_assert_null (named[1]);
  g_assert_null (remote[0]);
  g_assert_null (in_process[0]);
  g_assert_null (nonsense[0]);
}

static void
on_retry (gboolean *retried)
{
  *retried = TRUE;
}

/* The socket comes in a folder that does not exist yet. */
static void
test_appearance (void)
{
  g_autofree char *root = g_dir_make_tmp ("handover-XXXXXX", NULL);
  g_autofree char *folder = g_build_filename (root, "later", NULL);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autofree char *uri = g_strconcat ("test+unix:///default?socket=", path, NULL);
  g_autoptr (HoReconnect) reconnect = ho_reconnect_new (uri);
  gboolean retried = FALSE;

  g_signal_connect_swapped (reconnect, "retry", G_CALLBACK (on_retry), &retried);
  ho_reconnect_start (reconnect);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  while (!retried)
    g_main_context_iteration (NULL, TRUE);

  ho_reconnect_stop (reconnect);
  g_remove (path);
  g_rmdir (folder);
  g_rmdir (root);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reconnect/sockets", test_sockets);
  g_test_add_func ("/reconnect/appearance", test_appearance);
  return g_test_run ();
}
