/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "doctor-window.h"

#include "difference-window.h"
#include "error.h"
#include "finding-row.h"
#include "group.h"
#include "guest-choice.h"
#include "report.h"

#include <glib/gi18n.h>

/**
 * HoDoctorWindow:
 *
 * What the doctor finds on this machine and in one guest. What is not right comes with what to do;
 * a change of the guest is shown before it is made, and can be undone.
 */
struct _HoDoctorWindow
{
  GtkApplicationWindow parent;

  HoCore *core;
  GCancellable *cancellable; /* of the run that counts */
  HoGuest *examined;         /* nullable: whose run that is */
  HoDiagnosis *diagnosis;    /* NULL until the first has ended */
  GtkWidget *guest;
  GtkWidget *spinner;
  GtkWidget *again;
  GtkWidget *show_all;
  GtkWidget *summary;
  GtkWidget *findings;
  GtkWidget *undo;
  GtkWidget *report;
  GtkWidget *message;
};

G_DEFINE_FINAL_TYPE (HoDoctorWindow, ho_doctor_window, GTK_TYPE_APPLICATION_WINDOW)

static void
say (HoDoctorWindow *self, const char *text)
{
  gtk_label_set_text (GTK_LABEL (self->message), text != NULL ? text : "");
  gtk_widget_set_visible (self->message, text != NULL);
}

/* Changing the guest. */

/* A check's fix needs what the doctor knew; this keeps it as long as the change is prepared. */
typedef struct
{
  const HoCheck *check;
  HoDiagnosis *diagnosis;
} Fix;

static void
fix_free (gpointer data)
{
  Fix *fix = data;

  ho_diagnosis_unref (fix->diagnosis);
  g_free (fix);
}

static gboolean
apply_fix (xmlDoc *doc, gpointer data, GError **error)
{
  Fix *fix = data;

  return fix->check->fix (doc, fix->diagnosis->context, error);
}

static void examine (HoDoctorWindow *self);

static void
on_prepared (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoDoctorWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (HoGuestEdit) edit = ho_guest_edit_prepare_finish (result, &error);
  HoDifferenceWindow *window;

  if (gtk_widget_in_destruction (GTK_WIDGET (self)) || self->core == NULL)
    return;
  if (edit == NULL)
    {
      say (self, error->message);
      return;
    }
  window = ho_difference_window_new (GTK_WINDOW (self), edit);
  g_signal_connect_object (window, "applied", G_CALLBACK (examine), self, G_CONNECT_SWAPPED);
}

static void
on_fix (HoDoctorWindow *self, HoFindingRow *row)
{
  Fix *fix;

  if (self->examined == NULL)
    return;
  say (self, NULL);
  fix = g_new0 (Fix, 1);
  fix->check = ho_finding_row_get_check (row);
  fix->diagnosis = ho_diagnosis_ref (self->diagnosis);
  ho_guest_edit_prepare_async (ho_core_get_hypervisor (self->core), self->examined, apply_fix, fix,
                               fix_free, NULL, on_prepared, g_object_ref (self));
}

static void
on_undo (HoDoctorWindow *self)
{
  if (self->examined == NULL)
    return;
  say (self, NULL);
  ho_guest_edit_prepare_undo_async (ho_core_get_hypervisor (self->core), self->examined, NULL,
                                    on_prepared, g_object_ref (self));
}

/* The report. */

static void
on_saved (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoDoctorWindow) self = user_data;
  g_autofree char *name = g_file_get_parse_name (G_FILE (object));
  g_autoptr (GError) error = NULL;
  gboolean saved = g_file_replace_contents_finish (G_FILE (object), result, NULL, &error);

  if (self->core != NULL)
    say (self, saved ? name : error->message);
}

static void
save_report (HoDoctorWindow *self, GFile *file)
{
  g_autofree char *text = ho_diagnosis_write_report (self->diagnosis);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE, G_FILE_CREATE_NONE, NULL, on_saved,
                                       g_object_ref (self));
}

static void
on_place_chosen (GtkNativeDialog *chooser, int response, gpointer user_data)
{
  HoDoctorWindow *self = user_data;
  g_autoptr (GFile) file = NULL;

  if (response == GTK_RESPONSE_ACCEPT && self->diagnosis != NULL)
    {
      file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
      save_report (self, file);
    }
  g_object_unref (chooser);
}

static void
on_report (HoDoctorWindow *self)
{
  GtkFileChooserNative *chooser;

  if (self->diagnosis == NULL)
    return;
  say (self, NULL);
  chooser = gtk_file_chooser_native_new (NULL, GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_SAVE,
                                         NULL, NULL);
  gtk_file_chooser_set_do_overwrite_confirmation (GTK_FILE_CHOOSER (chooser), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), "handover-report.md");
  g_signal_connect_object (chooser, "response", G_CALLBACK (on_place_chosen), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

/* Showing what was found. */

static void
summarise (HoDoctorWindow *self)
{
  guint errors = ho_diagnosis_count (self->diagnosis, HO_VERDICT_ERROR);
  guint warnings = ho_diagnosis_count (self->diagnosis, HO_VERDICT_WARNING);
  guint advice = ho_diagnosis_count (self->diagnosis, HO_VERDICT_ADVICE);
  guint fine = ho_diagnosis_count (self->diagnosis, HO_VERDICT_OK);
  g_autoptr (GString) text = g_string_new (NULL);

  if (errors > 0)
    g_string_append_printf (
        text, ngettext ("%u thing does not work. ", "%u things do not work. ", errors), errors);
  if (warnings > 0)
    g_string_append_printf (text, ngettext ("%u warning. ", "%u warnings. ", warnings), warnings);
  if (advice > 0)
    g_string_append_printf (
        text, ngettext ("%u thing could be better. ", "%u things could be better. ", advice),
        advice);
  g_string_append_printf (
      text, ngettext ("%u thing is as it should be.", "%u things are as they should be.", fine),
      fine);
  gtk_label_set_text (GTK_LABEL (self->summary), text->str);
}

static void
remove_child (GtkWidget *child, gpointer user_data)
{
  gtk_widget_destroy (child);
}

static void
show_findings (HoDoctorWindow *self)
{
  gboolean all = gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->show_all));
  GtkWidget *groups[HO_N_FAMILIES] = { NULL };

  if (self->diagnosis == NULL)
    return;
  gtk_container_foreach (GTK_CONTAINER (self->findings), remove_child, NULL);
  for (guint i = 0; i < self->diagnosis->findings->len; i++)
    {
      const HoFinding *finding = self->diagnosis->findings->pdata[i];
      HoFamily family = finding->check->family;
      GtkWidget *row;

      if (finding->verdict == HO_VERDICT_OK && !all)
        continue;
      if (groups[family] == NULL)
        {
          groups[family] = ho_group_new (ho_family_get_title (family));
          gtk_container_add (GTK_CONTAINER (self->findings), groups[family]);
        }
      row = ho_finding_row_new (finding);
      g_signal_connect_object (row, "fix", G_CALLBACK (on_fix), self, G_CONNECT_SWAPPED);
      gtk_container_add (GTK_CONTAINER (groups[family]), row);
    }
  summarise (self);
}

static void
set_busy (HoDoctorWindow *self, gboolean busy)
{
  gtk_widget_set_visible (self->spinner, busy);
  g_object_set (self->spinner, "active", busy, NULL);
  gtk_widget_set_sensitive (self->again, !busy);
}

static void
on_examined (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HoDoctorWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (HoDiagnosis) diagnosis = ho_doctor_run_finish (HO_DOCTOR (object), result, &error);

  if (ho_error_is_silent (error) || self->core == NULL)
    return;
  set_busy (self, FALSE);
  if (diagnosis == NULL)
    {
      say (self, error->message);
      return;
    }
  g_clear_pointer (&self->diagnosis, ho_diagnosis_unref);
  self->diagnosis = g_steal_pointer (&diagnosis);
  gtk_widget_set_sensitive (self->undo, self->examined != NULL);
  show_findings (self);
}

static void
examine (HoDoctorWindow *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  g_set_object (&self->examined, ho_guest_choice_get_guest (HO_GUEST_CHOICE (self->guest)));
  set_busy (self, TRUE);
  ho_doctor_run_async (ho_core_get_doctor (self->core), self->examined, self->cancellable,
                       on_examined, g_object_ref (self));
}

static void
ho_doctor_window_dispose (GObject *object)
{
  HoDoctorWindow *self = HO_DOCTOR_WINDOW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->examined);
  g_clear_pointer (&self->diagnosis, ho_diagnosis_unref);
  g_clear_object (&self->core);

  G_OBJECT_CLASS (ho_doctor_window_parent_class)->dispose (object);
}

static void
ho_doctor_window_class_init (HoDoctorWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ho_doctor_window_dispose;

  g_type_ensure (HO_TYPE_GUEST_CHOICE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/handover/Handover/doctor-window.ui");
  gtk_widget_class_bind_template_child (widget_class, HoDoctorWindow, guest);
  gtk_widget_class_bind_template_child (widget_class, HoDoctorWindow, spinner);
  gtk_widget_class_bind_template_child (widget_class, HoDoctorWindow, again);
  gtk_widget_class_bind_template_child (widget_class, HoDoctorWindow, show_all);
  gtk_widget_class_bind_template_child (widget_class, HoDoctorWindow, summary);
  gtk_widget_class_bind_template_child (widget_class, HoDoctorWindow, findings);
  gtk_widget_class_bind_template_child (widget_class, HoDoctorWindow, undo);
  gtk_widget_class_bind_template_child (widget_class, HoDoctorWindow, report);
  gtk_widget_class_bind_template_child (widget_class, HoDoctorWindow, message);
}

static void
ho_doctor_window_init (HoDoctorWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * ho_doctor_window_new:
 * @application: the application
 * @core: has the doctor
 *
 * Returns: (transfer none): the window, which looks at once; GTK owns it until it is closed
 */
GtkWidget *
ho_doctor_window_new (GtkApplication *application, HoCore *core)
{
  HoDoctorWindow *self = g_object_new (HO_TYPE_DOCTOR_WINDOW, "application", application,
                                       "show-menubar", FALSE, NULL);
  HoGuest *primary = ho_core_get_primary_guest (core);

  self->core = g_object_ref (core);
  ho_guest_choice_follow (HO_GUEST_CHOICE (self->guest), core, FALSE);
  if (primary != NULL)
    ho_guest_choice_select (HO_GUEST_CHOICE (self->guest), ho_guest_get_uuid (primary));
  g_signal_connect_object (self->guest, "chosen", G_CALLBACK (examine), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->again, "clicked", G_CALLBACK (examine), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->show_all, "toggled", G_CALLBACK (show_findings), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->undo, "clicked", G_CALLBACK (on_undo), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->report, "clicked", G_CALLBACK (on_report), self,
                           G_CONNECT_SWAPPED);
  gtk_widget_set_sensitive (self->undo, FALSE);
  examine (self);
  return GTK_WIDGET (self);
}
