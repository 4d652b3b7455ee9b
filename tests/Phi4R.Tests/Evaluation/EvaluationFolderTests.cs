using System.Text.Json;
using Phi4R.Evaluation;

namespace Phi4R.Tests.Evaluation;

public sealed class EvaluationFolderTests
{
    // Of ccif three could be had, two of them right; of tu none is right; ffff could not be had at all.
    [Fact]
    public void Completions_are_counted_and_failed_ones_are_in_no_other_count()
    {
        var read = EvaluationFolder.Read(WrittenEvaluation.Of("m", "b", "ccif", "tu", "ffff"));
        var result = Assert.Single(read.Benchmarks);
        Assert.Equal(["p0", "p1"], result.Problems.Select(problem => problem.Id));
        Assert.Equal([(3, 2, 0, 0, 1), (2, 0, 1, 1, 0)], result.Problems.Select(problem =>
            (problem.Answers, problem.Right, problem.Truncated, problem.Unverifiable, problem.Failed)));
        Assert.Equal(1.0 / 3, result.Accuracy.Mean, tolerance: 1e-12);
        Assert.Equal([1.0, 0.0], result.Problems.Select(problem => problem.Majority!.Value));
        Assert.Equal(["p2"], read.Unanswered["b"]);
        Assert.Equal((10 + 11 + 12 + 10 + 11) / 5.0, result.MeanTokens, tolerance: 1e-12);
        Assert.Equal("m", read.Model);
    }

    // Shares 2/3 of three and 1/2 of two: (2/9 / 2 + 1/4 / 1) = 0.361111, its root over 2 is 0.300463.
    [Fact]
    public void The_error_over_answers_minds_how_many_each_problem_has()
    {
        var result = EvaluationFolder.Read(WrittenEvaluation.Of("m", "b", "ccif", "ci")).Benchmarks[0];
        Assert.Equal(0.300463, result.Accuracy.WithinError!.Value, tolerance: 1e-6);
        Assert.Null(EvaluationFolder.Read(WrittenEvaluation.Of("m", "b", "cc", "cf")).Benchmarks[0].Accuracy
            .WithinError);
    }

    [Fact]
    public void A_completion_that_was_asked_for_again_takes_the_place_of_the_failed_one()
    {
        var folder = WrittenEvaluation.Of("m", "b", "cf", "ci");
        File.AppendAllLines(Path.Combine(folder, EvaluationFolder.CompletionsFile),
            [JsonSerializer.Serialize(WrittenEvaluation.Completion("b", "p0", 1, 'i'))]);
        var read = EvaluationFolder.Read(folder);
        Assert.Equal((2, 1, 0), (read.Benchmarks[0].Problems[0].Answers, read.Benchmarks[0].Problems[0].Right,
            read.Benchmarks[0].Problems[0].Failed));
        Assert.Equal(1, read.Replaced);
        Assert.Equal(4, read.Marks.Count);
    }

    [Fact]
    public void A_last_line_that_was_not_written_to_its_end_is_no_completion_and_another_one_is_an_error()
    {
        var folder = WrittenEvaluation.Of("m", "b", "ci", "ic");
        var file = Path.Combine(folder, EvaluationFolder.CompletionsFile);
        var lines = File.ReadAllLines(file);
        File.WriteAllText(file, string.Join('\n', lines[..3]) + "\n" + lines[3][..20]);
        Assert.Equal(3, EvaluationFolder.Read(folder).Marks.Count);
        File.WriteAllText(file, string.Join('\n', [lines[0], lines[1][..20], lines[2], lines[3]]));
        Assert.Contains("completions.jsonl, line 2 is no completion",
            Assert.Throws<InvalidDataException>(() => EvaluationFolder.Read(folder)).Message);
    }

    [Fact]
    public void What_is_no_evaluation_is_said()
    {
        var folder = Project.Scratch();
        Assert.Contains("holds no completions.jsonl; expected was a folder that phi4r eval wrote",
            Assert.Throws<InvalidDataException>(() => EvaluationFolder.Read(folder)).Message);
        File.WriteAllText(Path.Combine(folder, EvaluationFolder.CompletionsFile), "\n");
        Assert.Contains("holds no completion yet",
            Assert.Throws<InvalidDataException>(() => EvaluationFolder.Read(folder)).Message);
    }

    [Fact]
    public void Fields_of_a_problem_that_are_missing_or_new_are_no_hindrance()
    {
        var folder = WrittenEvaluation.Of("m", "b", "ci", "ic");
        File.WriteAllText(Path.Combine(folder, EvaluationFolder.ProblemsFile),
            """
            {"benchmark":"b","id":"p0","question":"1+0?","answer":"1","domain":"sums","level":3,"more":[1]}
            {"benchmark":"b","id":"p1"}
            {"broken
            """);
        var read = EvaluationFolder.Read(folder);
        Assert.Equal(["sums", ""], read.Benchmarks[0].Problems.Select(problem => problem.Domain));
        Assert.Equal("1+0?", read.Asked[("b", "p0")].Question);
        Assert.Equal(2, read.Asked.Count);
    }
}
