/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover"

#include <locale.h>

#include "application.h"

#include <glib/gi18n.h>

int
main (int argc, char **argv)
{
  g_autoptr (HoApplication) application = NULL;

  /* An applet draws nothing in 3D. The first GTK program of a session loads the whole of GL only to
   * look at the display's visuals: three times the memory of this one. */
  g_setenv ("GDK_GL", "disable", FALSE);

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, HO_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  g_set_application_name ("Handover");
  application = ho_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
