/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The floor: the least that a tray icon with a menu can cost with these libraries. The applet's
 * memory is measured against it in the same run.
 */

#include <gtk/gtk.h>
#include <libayatana-appindicator/app-indicator.h>

static void
append (GtkMenuShell *menu, const char *label, GCallback activated)
{
  GtkWidget *item = gtk_menu_item_new_with_label (label);

  if (activated != NULL)
    g_signal_connect (item, "activate", activated, NULL);
  gtk_widget_show (item);
  gtk_menu_shell_append (menu, item);
}

int
main (int argc, char **argv)
{
  AppIndicator *indicator;
  GtkWidget *menu;

  gtk_init (&argc, &argv);
  menu = gtk_menu_new ();
  append (GTK_MENU_SHELL (menu), "Start", NULL);
  append (GTK_MENU_SHELL (menu), "About", NULL);
  append (GTK_MENU_SHELL (menu), "Quit", G_CALLBACK (gtk_main_quit));
  indicator = g_object_new (APP_INDICATOR_TYPE,
                            "id", "handover-floor",
                            "category", "Hardware",
                            "icon-name", "computer",
                            NULL);
  app_indicator_set_status (indicator, APP_INDICATOR_STATUS_ACTIVE);
  app_indicator_set_title (indicator, "Floor");
  app_indicator_set_menu (indicator, GTK_MENU (menu));
  gtk_main ();
  g_object_unref (indicator);
  return 0;
}
