/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-cli"

#include "setup-command.h"

#include "guest-setup.h"
#include "offer.h"

/* `handover setup`, and the undo that `handover doctor` shares with it. */

/* Takes @task. @edit is %NULL if there is an error. */
static void
offer (GTask *task, HoGuestEdit *edit, GError *error)
{
  gboolean yes = GPOINTER_TO_INT (g_task_get_task_data (task));

  if (edit != NULL)
    {
      ho_offer (edit, yes, task);
      return;
    }
  g_task_return_error (task, error);
  g_object_unref (task);
}

static void
on_setup_prepared (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_auto (GStrv) notes = NULL;
  GError *error = NULL;
  g_autoptr (HoGuestEdit) edit
      = ho_guest_setup_prepare_finish (HO_HYPERVISOR (object), result, &notes, &error);

  for (char **note = notes; edit != NULL && *note != NULL; note++)
    g_printerr ("handover: %s\n", *note);
  offer (user_data, edit, error);
}

static void
on_undo_prepared (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (HoGuestEdit) edit = ho_guest_edit_prepare_finish (result, &error);

  offer (user_data, edit, error);
}

/* Takes @task. */
static void
begin (HoCore *core, const HoCommand *command, gboolean undo, GTask *task)
{
  HoHypervisor *hypervisor = ho_core_get_hypervisor (core);
  GError *error = NULL;
  HoGuest *guest = ho_core_find_guest (core, command->guest, &error);

  g_task_set_task_data (task, GINT_TO_POINTER (command->yes), NULL);
  if (guest == NULL)
    offer (task, NULL, error);
  else if (undo)
    ho_guest_edit_prepare_undo_async (hypervisor, guest, NULL, on_undo_prepared, task);
  else
    ho_guest_setup_prepare_async (hypervisor, guest, (const char *const *) command->parts, NULL,
                                  on_setup_prepared, task);
}

/**
 * ho_setup_command_async:
 * @core: the core
 * @command: a `setup` command
 * @callback: called when it is done
 * @user_data: for @callback
 */
void
ho_setup_command_async (HoCore *core, const HoCommand *command, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task = g_task_new (core, NULL, callback, user_data);

  g_task_set_source_tag (task, ho_setup_command_async);
  begin (core, command, command->undo, task);
}

/**
 * ho_undo_command_async:
 * @core: the core
 * @command: a command with `--undo`
 * @callback: called when it is done
 * @user_data: for @callback
 *
 * Goes back before the last change of the guest. Ends with ho_setup_command_finish().
 */
void
ho_undo_command_async (HoCore *core, const HoCommand *command, GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task = g_task_new (core, NULL, callback, user_data);

  g_task_set_source_tag (task, ho_undo_command_async);
  begin (core, command, TRUE, task);
}

gboolean
ho_setup_command_finish (HoCore *core, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, core), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
