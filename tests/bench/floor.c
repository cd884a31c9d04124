/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The floor: the least that a tray icon with a menu can cost with these libraries. The applet's
 * memory is measured against it in the same run.
 *
 *   floor             the bare icon
 *   floor-libvirt     the same, and an open connection to libvirt that knows the guests: what
 *                     anybody pays who follows libvirt, before a line of Handover's
 *
 * Both take `--give-back SECONDS`: after that time they give unused memory back as the applet does
 * (memory.c), so that like is compared with like.
 */

#include <malloc.h>
#include <stdlib.h>

#include "memory.h"

#include <gtk/gtk.h>
#include <libayatana-appindicator/app-indicator.h>
#ifdef FLOOR_LIBVIRT
#include <libvirt-glib/libvirt-glib.h>
#include <libvirt-gobject/libvirt-gobject.h>
#endif

static void
append (GtkMenuShell *menu, const char *label, GCallback activated)
{
  GtkWidget *item = gtk_menu_item_new_with_label (label);

  if (activated != NULL)
    g_signal_connect (item, "activate", activated, NULL);
  gtk_widget_show (item);
  gtk_menu_shell_append (menu, item);
}

static gboolean
give_back (gpointer user_data)
{
  ho_memory_give_back ();
  return G_SOURCE_REMOVE;
}

#ifdef FLOOR_LIBVIRT
static void
on_fetched (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!gvir_connection_fetch_domains_finish (GVIR_CONNECTION (object), result, &error))
    g_error ("no guests: %s", error->message);
}

static void
on_opened (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!gvir_connection_open_finish (GVIR_CONNECTION (object), result, &error))
    g_error ("no connection: %s", error->message);
  gvir_connection_fetch_domains_async (GVIR_CONNECTION (object), NULL, on_fetched, NULL);
}
#endif

int
main (int argc, char **argv)
{
  AppIndicator *indicator;
  GtkWidget *menu;
  const char *name = "handover-floor";
#ifdef FLOOR_LIBVIRT
  GVirConnection *connection;
#endif

  mallopt (M_ARENA_MAX, 1); /* as the applet does */
  gtk_init (&argc, &argv);
#ifdef FLOOR_LIBVIRT
  name = "floor-libvirt";
  gvir_event_register ();
  connection = gvir_connection_new (g_getenv ("LIBVIRT_DEFAULT_URI"));
  gvir_connection_open_async (connection, NULL, on_opened, NULL);
#endif
  menu = gtk_menu_new ();
  append (GTK_MENU_SHELL (menu), "Start", NULL);
  append (GTK_MENU_SHELL (menu), "About", NULL);
  append (GTK_MENU_SHELL (menu), "Quit", G_CALLBACK (gtk_main_quit));
  indicator = g_object_new (APP_INDICATOR_TYPE, "id", name, "category", "Hardware", "icon-name",
                            "computer", NULL);
  app_indicator_set_status (indicator, APP_INDICATOR_STATUS_ACTIVE);
  app_indicator_set_title (indicator, "Floor");
  app_indicator_set_menu (indicator, GTK_MENU (menu));
  if (argc == 3 && g_str_equal (argv[1], "--give-back"))
    g_timeout_add_seconds ((guint) atoi (argv[2]), give_back, NULL);
  gtk_main ();
  g_object_unref (indicator);
#ifdef FLOOR_LIBVIRT
  g_object_unref (connection);
#endif
  return 0;
}
