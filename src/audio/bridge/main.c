/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-audio-bridge"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "listener.h"
#include "sandbox.h"

/* The first descriptor that a service manager passes (sd_listen_fds(3)). */
#define LISTEN_FDS_START 3

#define EXIT_FAILED 1
#define EXIT_USAGE 2
#define EXIT_REFUSED 4

typedef struct
{
  char *socket;
  char *upstream;
  char **allow_uids;
  gboolean microphone;
  gboolean prepare;
  gboolean version;
} HoOptions;

/* Says what is wrong; returns what to exit with. */
static int
complain (const GError *error)
{
  g_printerr ("handover-audio-bridge: %s\n", error->message);
  if (error->domain == G_OPTION_ERROR)
    return EXIT_USAGE;
  return g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_PERM) ? EXIT_REFUSED : EXIT_FAILED;
}

static void
clear_options (HoOptions *options)
{
  g_free (options->socket);
  g_free (options->upstream);
  g_strfreev (options->allow_uids);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (HoOptions, clear_options)

static gboolean
parse_options (HoOptions *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "socket", 0, 0, G_OPTION_ARG_FILENAME, &options->socket,
      N_ ("Where guests connect; not needed when a service manager passes the socket"), "PATH" },
    { "allow-uid", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->allow_uids,
      N_ ("A user who may connect beside oneself: the one that QEMU runs as. Can be repeated"),
      "NUMBER" },
    { "upstream", 0, 0, G_OPTION_ARG_FILENAME, &options->upstream,
      N_ ("The sound server's socket (default: PULSE_SERVER, else the session's own)"), "PATH" },
    { "microphone", 0, 0, G_OPTION_ARG_NONE, &options->microphone,
      N_ ("Let guests record from the default microphone"), NULL },
    { "prepare", 0, 0, G_OPTION_ARG_NONE, &options->prepare,
      N_ ("Only make and check the folder of the socket"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version, N_ ("Print the version"), NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (
      context,
      _ ("Lets a guest's QEMU play through your sound server, and do nothing else there."));
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION,
                   _ ("“%s” is not understood; see --help"), (*argv)[1]);
      return FALSE;
    }
  return TRUE;
}

static guint64
overflow_uid (void)
{
  g_autofree char *text = NULL;

  if (!g_file_get_contents ("/proc/sys/kernel/overflowuid", &text, NULL, NULL))
    return 65534;
  return g_ascii_strtoull (text, NULL, 10);
}

/* The users of --allow-uid; NULL if one is none. */
static GArray *
parse_users (char **numbers, GError **error)
{
  g_autoptr (GArray) users = g_array_new (FALSE, FALSE, sizeof (uid_t));

  for (; numbers != NULL && *numbers != NULL; numbers++)
    {
      guint64 number;
      uid_t uid;

      if (!g_ascii_string_to_unsigned (*numbers, 10, 0, G_MAXUINT32 - 1, &number, NULL))
        {
          g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       _ ("“%s” is not the number of a user; see: id -u NAME"), *numbers);
          return NULL;
        }
      if (number == overflow_uid ())
        {
          g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       _ ("User %s stands for everybody whom the kernel cannot name here. Run QEMU "
                          "as a user of its own"),
                       *numbers);
          return NULL;
        }
      uid = (uid_t) number;
      g_array_append_val (users, uid);
    }
  return g_steal_pointer (&users);
}

/* The one socket that a service manager passed, or -1. */
static int
passed_socket (void)
{
  const char *pid = g_getenv ("LISTEN_PID");
  const char *count = g_getenv ("LISTEN_FDS");
  gboolean ours = pid != NULL && count != NULL
                  && g_ascii_strtoull (pid, NULL, 10) == (guint64) getpid ()
                  && g_ascii_strtoull (count, NULL, 10) >= 1;

  g_unsetenv ("LISTEN_PID");
  g_unsetenv ("LISTEN_FDS");
  g_unsetenv ("LISTEN_FDNAMES");
  return ours ? LISTEN_FDS_START : -1;
}

static char *
find_upstream (const HoOptions *options, GError **error)
{
  const char *server = g_getenv ("PULSE_SERVER");

  if (options->upstream != NULL)
    server = options->upstream;
  if (server == NULL || *server == '\0')
    return g_build_filename (g_get_user_runtime_dir (), "pulse", "native", NULL);
  if (g_str_has_prefix (server, "unix:"))
    server += strlen ("unix:");
  if (g_path_is_absolute (server))
    return g_strdup (server);
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _ ("The sound server “%s” is not a local socket. Name one with --upstream"), server);
  return NULL;
}

static gboolean
require_socket (const HoOptions *options, GError **error)
{
  if (options->socket == NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 _ ("No socket is given. Name one with --socket"));
  return options->socket != NULL;
}

static HoPlace *
find_place (const HoOptions *options, const char *upstream, GError **error)
{
  int passed = passed_socket ();

  if (passed >= 0)
    return ho_place_adopt (passed, error);
  if (!require_socket (options, error))
    return NULL;
  if (g_strcmp0 (options->socket, upstream) == 0)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _ ("“%s” is the sound server's own socket"), upstream);
      return NULL;
    }
  return ho_place_listen (options->socket, error);
}

static gboolean
asked_to_end (int fd, GIOCondition condition, gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

/* Signals come as events. GLib's own signal sources would need a thread. */
static void
end_on_signals (GMainLoop *loop)
{
  sigset_t signals;
  int fd;

  sigemptyset (&signals);
  sigaddset (&signals, SIGTERM);
  sigaddset (&signals, SIGINT);
  sigprocmask (SIG_BLOCK, &signals, NULL);
  fd = signalfd (-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  g_unix_fd_add (fd, G_IO_IN, asked_to_end, loop);
}

static int
serve (const HoOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *upstream = find_upstream (options, &error);
  g_autoptr (GArray) users = NULL;
  g_autoptr (HoServerWatch) watch = NULL;
  g_autoptr (HoPlace) place = NULL;
  g_autoptr (HoListener) listener = NULL;
  g_autoptr (GMainLoop) loop = NULL;
  HoBridge bridge = { 0 };

  if (upstream == NULL)
    return complain (error);
  users = parse_users (options->allow_uids, &error);
  if (users == NULL)
    return complain (error);
  place = find_place (options, upstream, &error);
  if (place == NULL)
    return complain (error);
  if (users->len > 0 && !ho_place_is_open_to_others (place))
    g_message ("Only you can reach the socket: its folder is closed to others");

  loop = g_main_loop_new (NULL, FALSE);
  end_on_signals (loop);
  watch = ho_server_watch_new (upstream);
  bridge.watch = watch;
  bridge.microphone = options->microphone;
  listener = ho_listener_new (place, &bridge);
  for (guint i = 0; i < users->len; i++)
    ho_listener_allow (listener, g_array_index (users, uid_t, i));
  if (!ho_sandbox_enter (&error))
    return complain (error);

  g_main_loop_run (loop);
  return EXIT_SUCCESS;
}

static int
prepare (const HoOptions *options)
{
  g_autoptr (GError) error = NULL;

  if (!require_socket (options, &error) || !ho_place_prepare (options->socket, &error))
    return complain (error);
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  g_auto (HoOptions) options = { 0 };
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, HO_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  if (!parse_options (&options, &argc, &argv, &error))
    return complain (error);
  if (options.version)
    {
      g_print ("%s\n", HO_VERSION);
      return EXIT_SUCCESS;
    }
  if (options.prepare)
    return prepare (&options);
  return serve (&options);
}
