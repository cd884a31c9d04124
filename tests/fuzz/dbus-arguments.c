/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <glib/gstdio.h>

#include "hypervisor-libvirt.h"
#include "service.h"

/* What other programs send over D-Bus, to the real service over a core with libvirt's test driver:
 * every call has one answer, and a refusal says in one line of text why. An input is the name of a
 * method, and its arguments in GVariant's text format on the next line. */

/* In milliseconds; much longer than any call here may take. */
#define PATIENCE 60000

static GDBusConnection *client;
static char *runtime_dir;

/* But for SetAudio: it takes a boolean, and would start the bridge. */
static const struct
{
  const char *interface;
  const char *method;
} methods[] = {
  { HO_DBUS_INTERFACE, "StartGuest" },
  { HO_DBUS_INTERFACE, "StopGuest" },
  { HO_DBUS_INTERFACE, "ToggleGuest" },
  { HO_DBUS_INTERFACE, "SwitchInput" },
  { HO_DBUS_INTERFACE, "Status" },
  { "org.freedesktop.DBus.Properties", "Get" },
  { "org.freedesktop.DBus.Properties", "Set" },
  { "org.freedesktop.DBus.Properties", "GetAll" },
};

static GDBusConnection *
connect_socket (int fd)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, &error);
  g_autoptr (GSocketConnection) stream = NULL;
  GDBusConnection *connection;

  g_assert_no_error (error);
  stream = g_socket_connection_factory_create_connection (socket);
  connection = g_dbus_connection_new_sync (G_IO_STREAM (stream), NULL, G_DBUS_CONNECTION_FLAGS_NONE,
                                           NULL, NULL, &error);
  g_assert_no_error (error);
  return connection;
}

static void
clean_up (void)
{
  g_rmdir (runtime_dir);
}

/* Nothing here is to reach this user's session. */
static void
leave_session (void)
{
  runtime_dir = g_dir_make_tmp ("handover-fuzz-XXXXXX", NULL);
  g_assert_nonnull (runtime_dir);
  atexit (clean_up);
  g_setenv ("XDG_RUNTIME_DIR", runtime_dir, TRUE);
  g_setenv ("PULSE_SERVER", "unix:/nowhere", TRUE);
  g_setenv ("GSETTINGS_SCHEMA_DIR", SCHEMA_DIR, TRUE);
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
  g_unsetenv ("DBUS_SESSION_BUS_ADDRESS");
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  int fds[2];
  HoHypervisorLibvirt *hypervisor;
  HoSettings *settings;
  HoService *service;
  HoCore *core;

  leave_session ();
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
  settings = ho_settings_new_in_memory (NULL);
  hypervisor = ho_hypervisor_libvirt_new ("test:///default");
  core = ho_core_new (settings, HO_HYPERVISOR (hypervisor));
  ho_hypervisor_libvirt_connect (hypervisor);
  while (ho_hypervisor_get_state (HO_HYPERVISOR (hypervisor)) != HO_CONNECTION_CONNECTED)
    g_main_context_iteration (NULL, TRUE);

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  client = connect_socket (fds[0]);
  service = ho_service_new (connect_socket (fds[1]), NULL);
  g_assert_nonnull (service);
  ho_service_set_core (service, core);
  return 0;
}

/* The method that the first line of @text names, or some. */
static gsize
choose_method (const char *text, gsize length)
{
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      if (strlen (methods[i].method) == length && strncmp (methods[i].method, text, length) == 0)
        return i;
    }
  return (guchar) text[0] % G_N_ELEMENTS (methods);
}

/* Returns: (transfer full) (nullable): what @text means, if D-Bus could carry it */
static GVariant *
read_arguments (const char *text)
{
  g_autoptr (GVariant) arguments
      = g_utf8_validate (text, -1, NULL) ? g_variant_parse (NULL, text, NULL, NULL, NULL) : NULL;
  const char *type = arguments != NULL ? g_variant_get_type_string (arguments) : "m";

  if (strchr (type, 'm') != NULL || strlen (type) > 255)
    return NULL;
  return g_variant_is_of_type (arguments, G_VARIANT_TYPE_TUPLE)
             ? g_variant_ref (arguments)
             : g_variant_ref_sink (g_variant_new_tuple (&arguments, 1));
}

static void
check_refusal (GError *error)
{
  g_autofree char *name = g_dbus_error_get_remote_error (error);

  /* What GDBus can't send has no name. */
  if (name == NULL)
    {
      g_assert_false (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT));
      return;
    }
  g_assert_true (g_str_has_prefix (name, "org.handover.Error.")
                 || g_str_has_prefix (name, "org.freedesktop.DBus.Error."));
  g_assert_false (g_str_equal (name, "org.freedesktop.DBus.Error.NoReply"));
  g_dbus_error_strip_remote_error (error);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_cmpint (error->message[0], !=, '\0');
}

static void
on_answered (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  GVariant *answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (object), result, &error);

  if (answer != NULL)
    g_variant_unref (answer);
  else
    check_refusal (error);
  *(gboolean *) user_data = TRUE;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  const char *end = strchr (text, '\n');
  gboolean answered = FALSE;
  g_autoptr (GVariant) arguments = end != NULL ? read_arguments (end + 1) : NULL;
  gsize method;

  if (arguments == NULL)
    return 0;
  method = choose_method (text, (gsize) (end - text));
  g_dbus_connection_call (client, NULL, HO_DBUS_PATH, methods[method].interface,
                          methods[method].method, arguments, NULL, G_DBUS_CALL_FLAGS_NONE, PATIENCE,
                          NULL, on_answered, &answered);
  while (!answered)
    g_main_context_iteration (NULL, TRUE);
  return 0;
}
