/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "doctor.h"

#include "error.h"
#include "paths.h"
#include "spawn.h"

/**
 * HoDoctor:
 *
 * Looks at the host and at one guest with every check there is. libvirt is asked first, without
 * waiting; then a thread reads the host's files and runs the checks.
 */
struct _HoDoctor
{
  GObject parent;

  HoHypervisor *hypervisor;
  HoSettings *settings;
};

G_DEFINE_FINAL_TYPE (HoDoctor, ho_doctor, G_TYPE_OBJECT)

/* How many of the kernel's latest messages are looked through for denials. */
#define JOURNAL_LINES "2000"

typedef struct
{
  HoDoctorContext *context;
  char *uuid;
  gboolean active;
  char *definition;
  char *live;
} Run;

static void
run_free (gpointer data)
{
  Run *run = data;

  g_clear_pointer (&run->context, ho_doctor_context_free);
  g_free (run->uuid);
  g_free (run->definition);
  g_free (run->live);
  g_free (run);
}

/* The kernel's messages, or %NULL if this user may not read them. */
static char *
read_journal (GCancellable *cancellable)
{
  g_autoptr (GSubprocess) journal = g_subprocess_new (
      HO_SPAWN | G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL,
      "journalctl", "--dmesg", "--boot", "--lines=" JOURNAL_LINES, "--no-pager", "--quiet",
      "--output=short-iso", NULL);
  g_autofree char *text = NULL;

  if (journal == NULL
      || !g_subprocess_communicate_utf8 (journal, NULL, cancellable, &text, NULL, NULL))
    {
      if (journal != NULL)
        g_subprocess_force_exit (journal);
      return NULL;
    }
  /* Without the right to read it there are no messages, which a booted kernel always has. */
  return g_subprocess_get_successful (journal) && text != NULL && *text != '\0'
             ? g_steal_pointer (&text)
             : NULL;
}

static void
examine_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Run *run = task_data;
  g_autoptr (HoDiagnosis) diagnosis = NULL;
  GError *error = NULL;

  ho_doctor_context_read_session (run->context);
  run->context->host = ho_host_new ("");
  run->context->journal = read_journal (cancellable);
  if (run->definition != NULL
      && !ho_doctor_context_set_guest (run->context, run->definition, run->live, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  diagnosis = ho_diagnosis_new (g_steal_pointer (&run->context), cancellable);
  if (!g_task_return_error_if_cancelled (task))
    g_task_return_pointer (task, g_steal_pointer (&diagnosis), (GDestroyNotify) ho_diagnosis_unref);
}

static void
examine (GTask *task)
{
  g_task_run_in_thread (task, examine_in_thread);
  g_object_unref (task);
}

static void
on_live_read (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Run *run = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  /* It may have stopped meanwhile: then there is its definition to look at. */
  run->live = ho_hypervisor_get_xml_finish (HO_HYPERVISOR (object), result, &error);
  examine (task);
}

static void
on_definition_read (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoHypervisor *hypervisor = HO_HYPERVISOR (object);
  GTask *task = user_data;
  Run *run = g_task_get_task_data (task);
  GError *error = NULL;

  run->definition = ho_hypervisor_get_xml_finish (hypervisor, result, &error);
  if (error != NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
    }
  else if (run->active)
    ho_hypervisor_get_xml_async (hypervisor, run->uuid, FALSE, g_task_get_cancellable (task),
                                 on_live_read, task);
  else
    examine (task);
}

static void
on_host_read (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoHypervisor *hypervisor = HO_HYPERVISOR (object);
  GTask *task = user_data;
  Run *run = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  run->context->virt = ho_hypervisor_get_host_finish (hypervisor, result, &error);
  if (error != NULL)
    g_debug ("libvirt does not tell of itself: %s", error->message);
  if (run->uuid != NULL)
    ho_hypervisor_get_xml_async (hypervisor, run->uuid, TRUE, g_task_get_cancellable (task),
                                 on_definition_read, task);
  else
    examine (task);
}

static void
ho_doctor_dispose (GObject *object)
{
  HoDoctor *self = HO_DOCTOR (object);

  g_clear_object (&self->hypervisor);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (ho_doctor_parent_class)->dispose (object);
}

static void
ho_doctor_class_init (HoDoctorClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ho_doctor_dispose;
}

static void
ho_doctor_init (HoDoctor *self)
{
}

/**
 * ho_doctor_new:
 * @hypervisor: what runs the guests
 * @settings: the user's settings
 *
 * Returns: (transfer full): a doctor
 */
HoDoctor *
ho_doctor_new (HoHypervisor *hypervisor, HoSettings *settings)
{
  HoDoctor *self = g_object_new (HO_TYPE_DOCTOR, NULL);

  self->hypervisor = g_object_ref (hypervisor);
  self->settings = g_object_ref (settings);
  return self;
}

/**
 * ho_doctor_run_async:
 * @self: a doctor
 * @guest: (nullable): the guest to look at; %NULL for the host alone
 * @cancellable: (nullable): gives it up
 * @callback: called with the diagnosis
 * @user_data: for @callback
 *
 * Works without a connection too: that there is none is found then.
 */
void
ho_doctor_run_async (HoDoctor *self, HoGuest *guest, GCancellable *cancellable,
                     GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  GSettings *global = ho_settings_get_global (self->settings);
  HoDoctorContext *context = ho_doctor_context_new ();
  g_autofree char *run_dir = ho_paths_get_run_dir ();
  Run *run = g_new0 (Run, 1);

  g_task_set_source_tag (task, ho_doctor_run_async);
  g_task_set_task_data (task, run, run_free);
  run->context = context;
  context->uri = ho_hypervisor_dup_uri (self->hypervisor);
  context->local = ho_hypervisor_is_local (self->hypervisor);
  context->connection = ho_hypervisor_get_state (self->hypervisor);
  context->problem = ho_hypervisor_dup_problem (self->hypervisor);
  g_strfreev (context->input_devices);
  context->input_devices = g_settings_get_strv (global, HO_KEY_INPUT_DEVICES);
  context->sound_socket = g_build_filename (run_dir, "pulse.sock", NULL);
  context->return_by_ssh = g_settings_get_boolean (global, HO_KEY_RETURN_BY_SSH);
  if (guest != NULL)
    {
      run->uuid = g_strdup (ho_guest_get_uuid (guest));
      run->active = ho_guest_is_active (guest);
    }
  if (context->connection == HO_CONNECTION_CONNECTED)
    ho_hypervisor_get_host_async (self->hypervisor, run->uuid, cancellable, on_host_read, task);
  else
    examine (task);
}

/**
 * ho_doctor_run_finish:
 *
 * Returns: (transfer full): the diagnosis
 */
HoDiagnosis *
ho_doctor_run_finish (HoDoctor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
