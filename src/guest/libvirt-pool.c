/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "libvirt-pool.h"

/* A pool of our own: GLib's shared one also reads files, and a guest that libvirt is stuck with
 * must not stop that. */
#define MAX_THREADS 8

struct HoLibvirtPool
{
  GThreadPool *threads;
};

typedef struct
{
  GTask *task;
  HoLibvirtLink *link;
  HoLibvirtCall call;
  HoLibvirtArgs *args;
} Job;

static void
run_job (gpointer data, gpointer user_data)
{
  Job *job = data;

  if (!g_task_return_error_if_cancelled (job->task))
    job->call (job->task, ho_libvirt_link_get_conn (job->link), job->args);
  ho_libvirt_args_free (job->args);
  ho_libvirt_link_unref (job->link);
  g_object_unref (job->task);
  g_free (job);
}

/** ho_libvirt_pool_new: Returns: (transfer full): a pool without threads yet */
HoLibvirtPool *
ho_libvirt_pool_new (void)
{
  HoLibvirtPool *self = g_new0 (HoLibvirtPool, 1);

  self->threads = g_thread_pool_new (run_job, NULL, MAX_THREADS, FALSE, NULL);
  return self;
}

/**
 * ho_libvirt_pool_push:
 * @self: a pool
 * @link: the connection to call
 * @task: (transfer full): what @call returns into
 * @call: what to do
 * @args: (transfer full): its arguments
 *
 * Makes @call in a thread, as soon as one is free.
 */
void
ho_libvirt_pool_push (HoLibvirtPool *self, HoLibvirtLink *link, GTask *task, HoLibvirtCall call,
                      HoLibvirtArgs *args)
{
  Job *job = g_new0 (Job, 1);

  job->task = task;
  job->link = ho_libvirt_link_ref (link);
  job->call = call;
  job->args = args;
  g_thread_pool_push (self->threads, job, NULL);
}

/**
 * ho_libvirt_pool_free:
 * @self: (transfer full): a pool
 *
 * What was pushed is still done; does not wait for it.
 */
void
ho_libvirt_pool_free (HoLibvirtPool *self)
{
  g_thread_pool_free (self->threads, FALSE, FALSE);
  g_free (self);
}
