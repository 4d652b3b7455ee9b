using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Tasks.Pocket;
using Phi4R.Verification;

namespace Phi4R.Tests.Data;

public sealed class RolloutFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    private string File => Path.Combine(_folder.FullName, "records.jsonl");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Rollouts_come_back_as_they_were_written()
    {
        var stream = Randomness.For(1, "file");
        var teacher = new ProceduralTeacher(ProceduralTeacherConfig.Diverse);
        var mix = new ProblemMix { LevelWeights = [1, 1, 1, 1, 1], FourChoiceShare = 0.5 };
        List<Rollout> rollouts = [];
        for (var i = 0; i < 500; i++)
        {
            var problem = PocketProblems.Draw(stream, mix, Split.Training);
            rollouts.AddRange(teacher.Answer(problem, 1, stream).Select(answer => Rollout.Of(
                problem, GradedCompletion.Of(problem, answer with { TokenIds = new int[i] }, Verifiers.FinalAnswer),
                RepetitionConfig.Pocket)));
        }

        RolloutFile.Write(File, [.. rollouts, rollouts[0] with { Style = null, Verdict = null }]);
        Assert.Equal([.. rollouts, rollouts[0] with { Style = null, Verdict = null }], RolloutFile.Read(File));
        Assert.All(rollouts, rollout => Assert.False(rollout.Verdict is null or { Reason: "" } or { JudgedBy: null }));
    }

    // As files of before 2026-12 have it, and those that people write by hand.
    [Theory]
    [InlineData("\"correct\": true, ", Outcome.Correct)]
    [InlineData("\"correct\": false, ", Outcome.Incorrect)]
    [InlineData("", null)]
    public void A_file_that_says_only_whether_a_rollout_is_right_is_read_as_the_files_own_word(
        string said, Outcome? expected)
    {
        System.IO.File.WriteAllText(File, "{\"problemId\": \"p\", \"prompt\": \"1+1\", \"text\": \"2\", " + said
            + "\"finished\": true, \"repetitive\": false, \"domain\": \"sum\", \"level\": 1, \"tokens\": 2}\n");
        var rollout = RolloutFile.Read(File).Single();
        Assert.Equal(expected, rollout.Outcome);
        Assert.Equal(expected is null ? null : "file", rollout.Verdict?.JudgedBy);
        RolloutFile.Write(File, [rollout]);
        Assert.Equal([rollout], RolloutFile.Read(File));
        Assert.DoesNotContain("\"correct\"", System.IO.File.ReadAllText(File), StringComparison.Ordinal);
    }

    [Fact]
    public void A_problem_read_back_is_solved_as_it_was()
    {
        var written = PocketBenchmarks.PocketChoice().Problems;
        ProblemFile.Write(File, written);
        var read = ProblemFile.Read(File).ToList();
        Assert.Equal(written.Select(Told), read.Select(Told));
        var teacher = new ProceduralTeacher(ProceduralTeacherConfig.Concise);
        Assert.Equal(written.Select(AnswerTo), read.Select(AnswerTo));

        static string Told(Problem problem) =>
            $"{problem with { Choices = null }} {string.Join(",", problem.Choices ?? [])}";
        Completion AnswerTo(Problem problem) => teacher.Answer(problem, 1, Randomness.For(1, "answer"))[0];
    }

    [Fact]
    public void An_id_that_comes_twice_is_named_and_nothing_is_written()
    {
        var problem = PocketBenchmarks.Pocket500(1).Problems[0];
        var error = Assert.Throws<InvalidDataException>(() => ProblemFile.Write(File, [problem, problem]));
        Assert.Contains($"record 2: id {problem.Id}", error.Message);
        Assert.Empty(_folder.GetFiles());
    }

    [Fact]
    public void A_missing_field_is_named_with_its_line()
    {
        System.IO.File.WriteAllText(File, "{\"id\":\"1\",\"question\":\"compute "
            + "4+7\",\"answer\":\"11\",\"level\":1}\n");
        var message = Assert.Throws<InvalidDataException>(() => ProblemFile.Read(File).ToList()).Message;
        Assert.Contains("line 1", message);
        Assert.Contains("domain", message);
    }
}
