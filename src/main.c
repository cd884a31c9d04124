/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover"

#include <locale.h>
#include <malloc.h>

#include "application.h"
#include "paths.h"

#include <glib/gi18n.h>

int
main (int argc, char **argv)
{
  g_autoptr (HoApplication) application = NULL;

  /* An applet draws nothing in 3D. The first GTK program of a session loads the whole of GL only to
   * look at the display's visuals: three times the memory of this one. */
  g_setenv ("GDK_GL", "disable", FALSE);
  /* It runs for days and works for seconds: one heap for all threads, rather than one for each. */
  mallopt (M_ARENA_MAX, 1);

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, ho_paths_get_locale_dir ());
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  g_set_application_name ("Handover");
  application = ho_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
