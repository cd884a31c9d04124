/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "windows.h"

#include <malloc.h>

#include "card-window.h"
#include "doctor-window.h"
#include "first-run.h"
#include "paths.h"
#include "preferences.h"

#include <glib/gi18n.h>

/* Seconds from the end of a window to the time when its memory is given back. */
#define TRIM_DELAY 2

/**
 * HoWindows:
 *
 * Opens the windows: each is made when it is asked for, there is at most one of a kind, and nothing
 * is left of it when it is closed, since the applet runs for days and has no window most of the
 * time. They are actions of the application, named after what they open.
 */
struct _HoWindows
{
  GObject parent;

  GtkApplication *application; /* not owned: it owns this */
  HoCore *core;
  HoActions *actions;
  HoAutostart *autostart;
  HoShortcut *shortcut; /* nullable */
  GtkCssProvider *css;  /* NULL until the first window */
  GtkWidget *about;
  GtkWidget *cards;
  GtkWidget *doctor;
  GtkWidget *first_run;
  GtkWidget *preferences;
  guint trim;
};

G_DEFINE_FINAL_TYPE (HoWindows, ho_windows, G_TYPE_OBJECT)

static void
load_css (HoWindows *self)
{
  if (self->css != NULL)
    return;
  self->css = gtk_css_provider_new ();
  gtk_css_provider_load_from_resource (self->css, "/org/handover/Handover/style.css");
  gtk_style_context_add_provider_for_screen (gdk_screen_get_default (),
                                             GTK_STYLE_PROVIDER (self->css),
                                             GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

static gboolean
trim_memory (gpointer user_data)
{
  HoWindows *self = user_data;

  self->trim = 0;
  malloc_trim (0);
  return G_SOURCE_REMOVE;
}

static void
on_window_gone (HoWindows *self)
{
  if (self->trim == 0)
    self->trim = g_timeout_add_seconds (TRIM_DELAY, trim_memory, self);
}

static gboolean
on_key (GtkWidget *window, GdkEventKey *event)
{
  gboolean control = (event->state & gtk_accelerator_get_default_mod_mask ()) == GDK_CONTROL_MASK;

  if (event->keyval != GDK_KEY_Escape && !(control && event->keyval == GDK_KEY_w))
    return GDK_EVENT_PROPAGATE;
  gtk_window_close (GTK_WINDOW (window));
  return GDK_EVENT_STOP;
}

/* Shows @window, which has just been made or is there already, above the others. */
static void
present (HoWindows *self, GtkWidget **slot, GtkWidget *window)
{
  if (window != *slot)
    {
      *slot = window;
      g_signal_connect (window, "destroy", G_CALLBACK (gtk_widget_destroyed), slot);
      /* After the window's own: Escape in an open combo box closes that only. */
      g_signal_connect_after (window, "key-press-event", G_CALLBACK (on_key), NULL);
      g_signal_connect_object (window, "destroy", G_CALLBACK (on_window_gone), self,
                               G_CONNECT_SWAPPED | G_CONNECT_AFTER);
    }
  gtk_window_present_with_time (GTK_WINDOW (window), GDK_CURRENT_TIME);
}

static void
on_preferences (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  HoWindows *self = user_data;

  load_css (self);
  present (self, &self->preferences,
           self->preferences != NULL ? self->preferences
                                     : ho_preferences_new (self->application, self->core,
                                                           self->autostart, self->shortcut));
}

static void
on_cards (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  HoWindows *self = user_data;

  load_css (self);
  present (self, &self->cards,
           self->cards != NULL ? self->cards : ho_card_window_new (self->application, self->core));
}

static void
on_doctor (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  HoWindows *self = user_data;

  load_css (self);
  present (self, &self->doctor,
           self->doctor != NULL ? self->doctor
                                : ho_doctor_window_new (self->application, self->core));
}

/* A window that is closed was seen: it does not come again by itself. */
static void
on_first_run_gone (HoWindows *self)
{
  GSettings *global = ho_settings_get_global (ho_core_get_settings (self->core));
  g_autoptr (GVariant) value = g_settings_get_value (global, HO_KEY_PRIMARY_GUEST);

  if (!ho_settings_has_file (ho_core_get_settings (self->core)))
    g_settings_set_value (global, HO_KEY_PRIMARY_GUEST, value);
}

static void
on_first_run (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  HoWindows *self = user_data;
  GtkWidget *window = self->first_run;

  load_css (self);
  if (window == NULL)
    {
      window = ho_first_run_new (self->application, self->core, self->actions, self->autostart,
                                 self->shortcut);
      g_signal_connect_object (window, "destroy", G_CALLBACK (on_first_run_gone), self,
                               G_CONNECT_SWAPPED);
    }
  present (self, &self->first_run, window);
}

static GtkWidget *
new_about (HoWindows *self)
{
  static const char *const authors[] = { "The Handover developers", NULL };
  GtkWidget *about = gtk_about_dialog_new ();

  g_object_set (about, "application", self->application, "program-name", "Handover",
                "logo-icon-name", "org.handover.Handover", "icon-name", "org.handover.Handover",
                "version", HO_VERSION, "comments",
                _ ("Hands a graphics card, keyboard, mouse and sound back and forth between "
                   "host and guest"),
                "copyright", "© 2026 The Handover developers", "license-type", GTK_LICENSE_GPL_3_0,
                "authors", authors,
                /* Translators: your names, one a line. They are shown in the About window. */
                "translator-credits", _ ("translator-credits"), NULL);
  g_signal_connect (about, "response", G_CALLBACK (gtk_widget_destroy), NULL);
  return about;
}

static void
on_about (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  HoWindows *self = user_data;

  present (self, &self->about, self->about != NULL ? self->about : new_about (self));
}

/* Where no program shows such a file, its place is told. */
static void
on_help_opened (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autofree char *file = user_data;
  g_autoptr (GError) error = NULL;
  GtkWidget *dialog;

  if (g_app_info_launch_default_for_uri_finish (result, &error))
    return;
  dialog = gtk_message_dialog_new (NULL, 0, GTK_MESSAGE_INFO, GTK_BUTTONS_CLOSE,
                                   _ ("The manual is in %s"), file);
  gtk_message_dialog_format_secondary_text (GTK_MESSAGE_DIALOG (dialog), "%s", error->message);
  gtk_window_set_title (GTK_WINDOW (dialog), _ ("Help"));
  g_signal_connect (dialog, "response", G_CALLBACK (gtk_widget_destroy), NULL);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* In a sandbox this goes through the desktop's portal, which opens the file outside. */
static void
on_help (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GdkDisplay *display = gdk_display_get_default ();
  g_autoptr (GdkAppLaunchContext) context = gdk_display_get_app_launch_context (display);
  g_autofree char *path = ho_paths_get_data_file ("help/manual.md");
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);

  g_app_info_launch_default_for_uri_async (uri, G_APP_LAUNCH_CONTEXT (context), NULL,
                                           on_help_opened, g_steal_pointer (&path));
}

static const GActionEntry entries[] = {
  { .name = "about", .activate = on_about },
  { .name = "cards", .activate = on_cards },
  { .name = "doctor", .activate = on_doctor },
  { .name = "first-run", .activate = on_first_run },
  { .name = "help", .activate = on_help },
  { .name = "preferences", .activate = on_preferences },
};

static void
ho_windows_dispose (GObject *object)
{
  HoWindows *self = HO_WINDOWS (object);

  g_clear_handle_id (&self->trim, g_source_remove);
  g_clear_pointer (&self->about, gtk_widget_destroy);
  g_clear_pointer (&self->cards, gtk_widget_destroy);
  g_clear_pointer (&self->doctor, gtk_widget_destroy);
  g_clear_pointer (&self->first_run, gtk_widget_destroy);
  g_clear_pointer (&self->preferences, gtk_widget_destroy);
  g_clear_handle_id (&self->trim, g_source_remove);
  g_clear_object (&self->css);
  g_clear_object (&self->shortcut);
  g_clear_object (&self->autostart);
  g_clear_object (&self->actions);
  g_clear_object (&self->core);

  G_OBJECT_CLASS (ho_windows_parent_class)->dispose (object);
}

static void
ho_windows_class_init (HoWindowsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ho_windows_dispose;
}

static void
ho_windows_init (HoWindows *self)
{
}

/**
 * ho_windows_new:
 * @application: gets the actions that open the windows; it outlives this
 * @core: what the windows show
 * @actions: what their buttons do
 * @autostart: whether Handover starts at login
 * @shortcut: (nullable): the shortcut
 *
 * Returns: (transfer full): what opens the windows
 */
HoWindows *
ho_windows_new (GtkApplication *application, HoCore *core, HoActions *actions,
                HoAutostart *autostart, HoShortcut *shortcut)
{
  HoWindows *self = g_object_new (HO_TYPE_WINDOWS, NULL);

  self->application = application;
  self->core = g_object_ref (core);
  self->actions = g_object_ref (actions);
  self->autostart = g_object_ref (autostart);
  g_set_object (&self->shortcut, shortcut);
  g_action_map_add_action_entries (G_ACTION_MAP (application), entries, G_N_ELEMENTS (entries),
                                   self);
  return self;
}
