using Phi4R.Data;
using Phi4R.Stages;
using Phi4R.Text;
using Phi4R.Verification;

namespace Phi4R.Tests.Stages;

/// <summary>How strictly a judge's words and a labeler's are read, and how their prompts are filled.</summary>
public sealed class JudgingTests
{
    [Theory]
    [InlineData("CORRECT", Outcome.Correct)]
    [InlineData("Both are one half.\n\nINCORRECT", Outcome.Incorrect)]
    [InlineData("<think>\nINCORRECT\n</think>\nThe same.\nVerdict: **Correct**.", Outcome.Correct)]
    [InlineData("The same.\n`correct`\n", Outcome.Correct)]
    [InlineData("", null)]
    [InlineData("It is correct", null)]
    [InlineData("NOT CORRECT", null)]
    [InlineData("CORRECT\nNo, wait.", null)]
    [InlineData("CORRECT\nINCORRECT", null)]
    [InlineData("<think>\nCORRECT", null)]
    [InlineData("CORRECT or INCORRECT", null)]
    [InlineData("{\"verdict\": \"correct\"}", null)]
    public void A_judge_says_one_word_on_its_last_line_or_nothing(string text, Outcome? said) =>
        Assert.Equal(said, Judging.Said(Written(text)));

    [Fact]
    public void A_truncated_judge_says_nothing() =>
        Assert.Null(Judging.Said(Written("CORRECT") with { Finish = FinishReason.Length }));

    [Theory]
    [InlineData("{\"domain\": \"algebra\", \"level\": \"high school\"}", "algebra", 3)]
    [InlineData("<think>hm</think>\n```json\n{\"domain\": \"Number Theory\", \"level\": \"graduate\"}\n```",
        "number theory", 5)]
    public void Labels_are_read_from_the_form_that_was_asked_for(string text, string domain, int level)
    {
        var problem = Labeling.With(Unlabeled, Written(text))!;
        Assert.Equal((domain, level), (problem.Domain, problem.Level));
    }

    [Theory]
    [InlineData("algebra, high school")]
    [InlineData("{\"domain\": \"cooking\", \"level\": \"high school\"}")]
    [InlineData("{\"domain\": \"algebra\", \"level\": 3}")]
    [InlineData("{\"domain\": \"algebra\", \"domain\": \"geometry\", \"level\": \"college\"}")]
    [InlineData("{\"domain\": \"algebra\"}")]
    [InlineData("[1]")]
    [InlineData("")]
    public void Other_forms_leave_the_labels_unknown(string text) =>
        Assert.Null(Labeling.With(Unlabeled, Written(text)));

    [Fact]
    public void What_the_set_says_stands()
    {
        var known = Labeling.OfSet(Unlabeled with { Domain = "Geometry", Level = 0 });
        Assert.True(Labeling.IsWanted(known));
        var labeled = Labeling.With(known, Written("{\"domain\": \"algebra\", \"level\": \"college\"}"))!;
        Assert.Equal(("Geometry", 4), (labeled.Domain, labeled.Level));
        Assert.False(Labeling.IsWanted(labeled));
    }

    [Fact]
    public void A_prompt_is_filled_once_and_what_fills_it_is_no_place()
    {
        var file = Path.Combine(Project.Scratch(), "judge.txt");
        File.WriteAllText(file, "{question}|{answer}|{completion}|\\frac{a}{b}|{other}\n");
        Assert.Equal("{answer}|{question}|{completion}|\\frac{a}{b}|{other}",
            PromptTemplate.Judge.FromFile(file).Fill("{answer}", "{question}", "{completion}"));

        File.WriteAllText(file, "{question} {answer}");
        var error = Assert.Throws<InvalidDataException>(() => PromptTemplate.Judge.FromFile(file));
        Assert.Contains("no {completion}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_prompts_that_ship_are_the_files_of_the_project()
    {
        (string Name, PromptTemplate Prompt)[] shipped =
            [("teacher", PromptTemplate.Teacher), ("judge", PromptTemplate.Judge), ("label", PromptTemplate.Label)];
        Assert.All(shipped, one => Assert.Equal(
            File.ReadAllText(Path.Combine(Project.Root, $"data/prompts/{one.Name}.txt")).TrimEnd(), one.Prompt.Text));
    }

    private static Problem Unlabeled { get; } = Labeling.OfSet(
        new() { Id = "p", Question = "q", Answer = "1", Domain = "mathematics", Level = 0 });

    private static Completion Written(string text) =>
        new() { TokenIds = [], Text = text, Finish = FinishReason.Stop, TokenCount = 3 };
}
