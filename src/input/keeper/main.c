/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-keeper"

#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <malloc.h>
#include <sys/file.h>

#include "detach.h"
#include "error.h"
#include "hypervisor-libvirt.h"
#include "keeper-place.h"
#include "keeper-service.h"
#include "usb-monitor.h"

#include <glib/gi18n.h>

/* `handover-keeper`: moves keyboard and mouse, and lives at least as long as they are away. */

/* Seconds that it stays when nothing is away and nobody is there who may want something. */
#define LINGER 10

/* How often the lock is tried, 20 times in a second. */
#define LOCK_TRIES 40

typedef struct
{
  HoKeeper *keeper;
  HoKeeperService *service;
  GMainLoop *loop;
  guint linger;
  gboolean ending; /* was told to end */
} Program;

static gboolean
on_lingered (gpointer user_data)
{
  Program *program = user_data;

  program->linger = 0;
  g_main_loop_quit (program->loop);
  return G_SOURCE_REMOVE;
}

static void
update (Program *program)
{
  gboolean idle = ho_keeper_is_idle (program->keeper);

  if (idle && program->ending)
    {
      g_main_loop_quit (program->loop);
      return;
    }
  idle = idle && !ho_keeper_service_has_clients (program->service);
  if (!idle)
    g_clear_handle_id (&program->linger, g_source_remove);
  else if (program->linger == 0)
    program->linger = g_timeout_add_seconds (LINGER, on_lingered, program);
}

/* The session ends: home first. */
static gboolean
on_signal (gpointer user_data)
{
  Program *program = user_data;

  program->ending = TRUE;
  if (!ho_keeper_is_idle (program->keeper))
    ho_keeper_return (program->keeper, _ ("the session ends"));
  update (program);
  return G_SOURCE_CONTINUE;
}

/* One that is just ending leaves it free in a moment; one that lives does not. */
static gboolean
wait_for_lock (int fd)
{
  for (guint i = 0; i < LOCK_TRIES; i++)
    {
      if (flock (fd, LOCK_EX | LOCK_NB) == 0)
        return TRUE;
      g_usleep (G_USEC_PER_SEC / 20);
    }
  return FALSE;
}

static int
lock (const HoKeeperPlace *place, GError **error)
{
  int fd;

  if (g_mkdir_with_parents (place->dir, 0700) < 0)
    {
      g_set_error (error, HO_ERROR, HO_ERROR_FAILED, _ ("The folder %s cannot be made: %s."),
                   place->dir, g_strerror (errno));
      return -1;
    }
  fd = open (place->lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    g_set_error (error, HO_ERROR, HO_ERROR_FAILED, _ ("%s cannot be opened: %s."), place->lock,
                 g_strerror (errno));
  else if (!wait_for_lock (fd))
    {
      g_set_error (error, HO_ERROR, HO_ERROR_BUSY, _ ("Another keeper is there already."));
      close (fd);
      fd = -1;
    }
  return fd;
}

static void
run (Program *program)
{
  g_object_connect (program->keeper, "swapped-signal::idle-changed", update, program, NULL);
  g_object_connect (program->service, "swapped-signal::clients-changed", update, program, NULL);
  g_unix_signal_add (SIGTERM, on_signal, program);
  g_unix_signal_add (SIGINT, on_signal, program);
  g_unix_signal_add (SIGHUP, on_signal, program);
  update (program);
  g_main_loop_run (program->loop);
  g_signal_handlers_disconnect_by_data (program->keeper, program);
  g_signal_handlers_disconnect_by_data (program->service, program);
  g_clear_handle_id (&program->linger, g_source_remove);
}

static gboolean
keep (const HoKeeperPlace *place, int ready, GError **error)
{
  g_autoptr (HoSettings) settings = ho_settings_new (place->settings, error);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (HoHypervisorLibvirt) hypervisor = NULL;
  g_autoptr (HoGuestList) guests = NULL;
  g_autoptr (HoUsbMonitor) bus = NULL;
  g_autoptr (HoKeeper) keeper = NULL;
  g_autoptr (HoKeeperService) service = NULL;
  Program program = { .loop = loop };

  if (settings == NULL)
    return FALSE;
  hypervisor = ho_hypervisor_libvirt_new (place->uri);
  guests = ho_guest_list_new (HO_HYPERVISOR (hypervisor));
  bus = ho_usb_monitor_new ();
  keeper = ho_keeper_new (HO_HYPERVISOR (hypervisor), guests, HO_USB_BUS (bus), settings,
                          place->state);
  g_unlink (place->socket); /* of one that was killed: the lock is ours */
  service = ho_keeper_service_new (keeper, place->address, error);
  if (service == NULL)
    return FALSE;
  ho_hypervisor_libvirt_connect (hypervisor);
  program.keeper = keeper;
  program.service = service;
  ho_tell_ready (ready);
  run (&program);
  return TRUE;
}

static HoKeeperPlace *
parse (int *argc, char ***argv, gboolean *detach, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autofree char *uri = NULL;
  g_autofree char *settings = NULL;
  const GOptionEntry entries[] = {
    { "connect", 0, 0, G_OPTION_ARG_STRING, &uri, N_ ("Connect to libvirt at URI"), N_ ("URI") },
    { "settings", 0, 0, G_OPTION_ARG_FILENAME, &settings, N_ ("Use the settings in FILE"),
      N_ ("FILE") },
    { "detach", 0, 0, G_OPTION_ARG_NONE, detach, N_ ("Leave the parent"), NULL },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (context, argc, argv, error))
    return NULL;
  if (uri != NULL && settings != NULL)
    return ho_keeper_place_new (uri, settings);
  g_set_error_literal (error, HO_ERROR, HO_ERROR_USAGE,
                       _ ("This program is started by Handover itself."));
  return NULL;
}

int
main (int argc, char **argv)
{
  g_autoptr (HoKeeperPlace) place = NULL;
  g_autoptr (GError) error = NULL;
  gboolean detach = FALSE;
  int ready = -1;
  int fd;

  mallopt (M_ARENA_MAX, 1); /* see main.c of the applet */
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, HO_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  place = parse (&argc, &argv, &detach, &error);
  if (place != NULL && detach)
    ready = ho_detach ();
  fd = place != NULL ? lock (place, &error) : -1;
  if (g_error_matches (error, HO_ERROR, HO_ERROR_BUSY))
    {
      ho_tell_ready (ready); /* what was wanted is there */
      return 0;
    }
  if (fd < 0 || !keep (place, ready, &error))
    {
      g_printerr ("handover-keeper: %s\n", error->message);
      return ho_error_get_exit_code (error);
    }
  return 0;
}
