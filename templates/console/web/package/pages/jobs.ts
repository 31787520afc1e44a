/** Follows work that goes on after its request was answered. */
import { type Job, readJob } from "./client.ts";
import { openFeed } from "./live/feed.ts";

/** Milliseconds between two looks when nobody tells, and when somebody should. */
const POLL = { alone: 1000, told: 5000 };

/**
 * Tells every change of a job until it is finished: as the gateway tells them, where the page can
 * listen, and by asking again and again where it cannot.
 *
 * @param location `/api/jobs/<id>`
 * @param way how the gateway lets this page listen
 * @returns the finished job
 * @throws CallError when the gateway does not know it any more
 */
export function followJob(
  location: string,
  way: string | undefined,
  onChange: (job: Job) => void,
): Promise<Job> {
  return new Promise((resolve, reject) => {
    let feed: { close: () => void } | undefined;
    let finished = false;
    const stop = () => {
      finished = true;
      feed?.close();
      window.clearInterval(timer);
    };
    const look = async () => {
      try {
        const job = await readJob(location);
        if (finished) return;
        onChange(job);
        if (job.status !== "succeeded" && job.status !== "failed") return;
        stop();
        resolve(job);
      } catch (error) {
        stop();
        reject(error);
      }
    };
    const timer = window.setInterval(look, way === undefined ? POLL.alone : POLL.told);
    if (way !== undefined) {
      const id = location.slice(location.lastIndexOf("/") + 1);
      feed = openFeed(way, {
        channels: [`jobs.${id}`],
        onEvent: look,
        // What happened before the connection stood is not told: look once it stands.
        onState: (state) => {
          if (state === "open") void look();
        },
      });
    }
    void look();
  });
}
