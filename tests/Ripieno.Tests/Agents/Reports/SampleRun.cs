using Ripieno.Agents;
using Ripieno.Agents.Planning;
using Ripieno.Backlogs;
using Ripieno.Runs;

namespace Ripieno.Tests.Agents.Reports;

/// <summary>A run with one task of each fate.</summary>
internal static class SampleRun
{
    public static StoredRun Make()
    {
        var run = new StoredRun(new(
            "Web | shop",
            [new("a", "Add login", "", BacklogPriority.Medium, null, []), new("z", "Do nothing", "", BacklogPriority.Low, null, [])]));
        var plan = new Plan(
            "Cut in three.",
            [
                new("good", "The good", "", ["a"], [], BacklogPriority.Medium),
                new("bad", "The bad", "", ["a"], [], BacklogPriority.Medium),
                new("late", "The late", "", ["a"], ["bad"], BacklogPriority.Medium),
            ],
            [new("z", "There is nothing to do")]);
        run.Add("plan", "plan", StepStatus.Expanded, RunJson.Write(plan), files: ("plan.md", "# the plan"));
        run.Add("summary", "summarize", StepStatus.Running);

        run.AddWork("tasks/good", StepStatus.Succeeded, "first", null, ("src/a.py", "v1"), ("old.py", "gone later"));
        run.AddReview("tasks/good/review-1", 1, approved: false, "# mend it");
        var accepted = run.AddWork("tasks/good/execute-2", StepStatus.Succeeded, "second", null, ("src/a.py", "v2"));
        run.AddReview("tasks/good/review-2", 2, approved: true, "");
        run["tasks/good"] = run["tasks/good"] with { Accepted = accepted.Index };

        run.AddWork("tasks/bad", StepStatus.Failed, "only", null, ("b.py", "b"));
        run.Add("tasks/bad/review-1", "review", StepStatus.Failed, reason: "Task 'bad' was not accepted after 0 revisions: all wrong");
        run["tasks/bad"] = run["tasks/bad"] with { Reason = "a member failed" };

        run.Add("tasks/late", "execute", StepStatus.Skipped, reason: "skipped", dependsOn: ["tasks/bad"]);
        return run;
    }
}
