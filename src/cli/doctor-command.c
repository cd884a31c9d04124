/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-cli"

#include "doctor-command.h"

#include <stdio.h>

#include "doctor-print.h"
#include "error.h"
#include "json.h"
#include "offer.h"
#include "report.h"
#include "setup-command.h"

#include <glib/gi18n.h>

/* `handover doctor`. What it finds is its result, so it ends with 0 whatever that is; only what
 * kept it from looking is an error. */

static void
print_json (HoDiagnosis *diagnosis)
{
  g_autoptr (GVariant) facts = g_variant_ref_sink (ho_core_describe_diagnosis (diagnosis));
  g_autofree char *json = ho_json_from_variant (facts);

  g_print ("%s\n", json);
  fflush (stdout);
}

/* The host was looked at all the same; now tell why nothing more was. */
static void
return_connection (GTask *task)
{
  HoCore *core = g_task_get_source_object (task);
  HoHypervisor *hypervisor = ho_core_get_hypervisor (core);
  g_autofree char *problem = ho_hypervisor_dup_problem (hypervisor);

  if (ho_hypervisor_get_state (hypervisor) == HO_CONNECTION_CONNECTED)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_NO_CONNECTION, "%s",
                             problem != NULL ? problem
                                             : _ ("There is no connection to libvirt yet."));
}

typedef struct
{
  const HoCommand *command;
  HoGuest *guest;         /* NULL: the host alone */
  HoDiagnosis *diagnosis; /* a change needs what it was found in */
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  g_clear_object (&work->guest);
  g_clear_pointer (&work->diagnosis, ho_diagnosis_unref);
  g_free (work);
}

static void
on_prepared (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  const Work *work = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (HoGuestEdit) edit = ho_guest_edit_prepare_finish (result, &error);

  if (edit == NULL)
    g_task_return_error (task, error);
  else
    ho_offer (edit, work->command->yes, g_steal_pointer (&task));
}

/* Takes @task. */
static void
fix (GTask *task)
{
  g_autoptr (GTask) owned = task;
  HoCore *core = g_task_get_source_object (task);
  const Work *work = g_task_get_task_data (task);
  const HoFinding *finding = ho_diagnosis_find (work->diagnosis, work->command->fix);

  if (work->guest == NULL)
    return_connection (task);
  else if (finding == NULL)
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_FAILED,
                             _ ("The check “%s” has nothing to look at in %s."), work->command->fix,
                             ho_guest_get_name (work->guest));
  else if (finding->fixable)
    ho_guest_edit_prepare_async (ho_core_get_hypervisor (core), work->guest, finding->check->fix,
                                 work->diagnosis->context, NULL, NULL, on_prepared,
                                 g_steal_pointer (&owned));
  else if (finding->verdict == HO_VERDICT_OK)
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_FAILED,
                             _ ("There is nothing to change: the check “%s” found %s."),
                             work->command->fix, finding->seen);
  else
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_FAILED,
                             _ ("Handover cannot change that by itself. “handover doctor %s” says "
                                "what to do."),
                             ho_guest_get_name (work->guest));
}

static gboolean
write_report (const Work *work, GError **error)
{
  g_autofree char *report = ho_diagnosis_write_report (work->diagnosis);
  g_autoptr (GError) problem = NULL;

  if (!g_file_set_contents_full (work->command->report, report, -1, G_FILE_SET_CONTENTS_CONSISTENT,
                                 0600, &problem))
    {
      g_set_error (error, HO_ERROR, HO_ERROR_FAILED,
                   _ ("The report cannot be written: %s. Name another file."), problem->message);
      return FALSE;
    }
  g_print (_ ("The report is in %s. Names, addresses and serial numbers are masked; read it before "
              "you send it.\n"),
           work->command->report);
  return TRUE;
}

static void
on_examined (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Work *work = g_task_get_task_data (task);
  GError *error = NULL;

  work->diagnosis = ho_doctor_run_finish (HO_DOCTOR (object), result, &error);
  if (work->diagnosis == NULL || (work->command->report != NULL && !write_report (work, &error)))
    {
      g_task_return_error (task, error);
      return;
    }
  if (work->command->fix != NULL)
    {
      fix (g_steal_pointer (&task));
      return;
    }
  if (work->command->json)
    print_json (work->diagnosis);
  else if (work->command->report == NULL)
    ho_print_diagnosis (work->diagnosis);
  return_connection (task);
}

/* The guest that is meant; %NULL without an error if only the host can be looked at. */
static HoGuest *
find_guest (HoCore *core, const HoCommand *command, GError **error)
{
  g_autoptr (GError) problem = NULL;
  HoGuest *guest = ho_core_find_guest (core, command->guest, &problem);

  if (guest != NULL)
    return guest;
  if (g_error_matches (problem, HO_ERROR, HO_ERROR_NO_CONNECTION))
    return NULL;
  if (command->guest != NULL || command->fix != NULL)
    g_propagate_error (error, g_steal_pointer (&problem));
  else
    g_printerr ("handover: %s\n", problem->message);
  return NULL;
}

static void
on_undone (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (ho_setup_command_finish (HO_CORE (object), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static gboolean
check_command (const HoCommand *command, GError **error)
{
  if (command->fix != NULL && ho_checks_find (command->fix) == NULL)
    g_set_error (error, HO_ERROR, HO_ERROR_USAGE,
                 _ ("There is no check “%s”. “handover doctor --json” lists them."), command->fix);
  else if (command->undo && (command->fix != NULL || command->report != NULL || command->json))
    g_set_error_literal (error, HO_ERROR, HO_ERROR_USAGE,
                         _ ("--undo goes with --yes only. See handover --help."));
  else if (command->fix != NULL && command->json)
    g_set_error_literal (error, HO_ERROR, HO_ERROR_USAGE,
                         _ ("--fix and --json exclude each other. See handover --help."));
  else if (command->yes && !command->undo && command->fix == NULL)
    g_set_error_literal (error, HO_ERROR, HO_ERROR_USAGE,
                         _ ("--yes goes with --fix or --undo only. See handover --help."));
  else
    return TRUE;
  return FALSE;
}

/**
 * ho_doctor_command_async:
 * @core: the core
 * @command: a `doctor` command; must outlive the call
 * @callback: called when it is done
 * @user_data: for @callback
 */
void
ho_doctor_command_async (HoCore *core, const HoCommand *command, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (core, NULL, callback, user_data);
  Work *work = g_new0 (Work, 1);
  GError *error = NULL;
  HoGuest *guest = NULL;

  g_task_set_source_tag (task, ho_doctor_command_async);
  g_task_set_task_data (task, work, work_free);
  work->command = command;
  if (!check_command (command, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (command->undo)
    {
      ho_undo_command_async (core, command, on_undone, g_steal_pointer (&task));
      return;
    }
  guest = find_guest (core, command, &error);
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_set_object (&work->guest, guest);
  ho_doctor_run_async (ho_core_get_doctor (core), guest, NULL, on_examined,
                       g_steal_pointer (&task));
}

gboolean
ho_doctor_command_finish (HoCore *core, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, core), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
