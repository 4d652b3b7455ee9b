using System.Text.RegularExpressions;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Tasks.Pocket;
using Phi4R.Text;
using Xunit.Abstractions;

namespace Phi4R.Tests.Tasks;

public sealed partial class ProceduralTeacherTests(ITestOutputHelper output)
{
    private const int Samples = 2_000;

    private static readonly ProceduralTeacherConfig Faultless = ProceduralTeacherConfig.Diverse with
    {
        TerseWeight = 1,
        LeadWeight = 0,
        CheckWeight = 0,
        SlipRate = 0,
        SkipRate = 0,
        TruncationRate = 0,
        RepetitionRate = 0,
    };

    // By hand, one of each family.
    [Theory]
    [InlineData("what is 47+8-3 ?", "<think>47+8=55; 55-3=52; </think>\\boxed{52}")]
    [InlineData("x=3; 2 times x=(x*4+5) mod 7", "<think>3*4=12; 12+5=17; 17 mod 7=3; 3*4=12; 12+5=17; 17 mod 7=3; "
        + "</think>\\boxed{3}")]
    [InlineData("let x=3; do 1 times x=(x*4) mod 7", "<think>3*4=12; 12 mod 7=5; </think>\\boxed{5}")]
    [InlineData("x then *3 then +5 gives 26; find x", "<think>26-5=21; 21/3=7; </think>\\boxed{7}")]
    [InlineData("if x then /4 then -1 gives 4 what is x ?", "<think>4+1=5; 5*4=20; </think>\\boxed{20}")]
    [InlineData("sequence 4,7,10; go 2 more", "<think>7-4=3; 10+3=13; 13+3=16; </think>\\boxed{16}")]
    [InlineData("sequence 10,7,4; what is 1 ahead; one of 1,2,11,6 ?", "<think>10-7=3; 4-3=1; </think>\\boxed{1}")]
    [InlineData("tom has 12 pens; buys 2 bags of 4; gives 5; how many pens ?",
        "<think>2*4=8; 12+8=20; 20-5=15; </think>\\boxed{15}")]
    [InlineData("anna had 9 cups; loses 5; cups left ?", "<think>9-5=4; </think>\\boxed{4}")]
    [InlineData("start 66 then 4/6 of it then -5 then 2/3 of it; result ?",
        "<think>66/6=11; 11*4=44; 44-5=39; 39/3=13; 13*2=26; </think>\\boxed{26}")]
    public void Without_faults_the_steps_are_those_worked_out_by_hand(string question, string answer) =>
        Assert.Equal(answer,
            new ProceduralTeacher(Faultless).Answer(Asked(question), 1, Randomness.For(1, "teacher"))[0].Text);

    [Fact]
    public void Without_faults_every_answer_is_right()
    {
        var mix = new ProblemMix { LevelWeights = [1, 1, 1, 1, 1], FourChoiceShare = 0.25 };
        Assert.All(PocketProblemsTests.Draw(5_000, mix),
            problem =>
                Assert.True(
                    IsRight(problem, new ProceduralTeacher(Faultless).Answer(problem, 1, Randomness.For(1, "t"))[0])));
    }

    // Mean tokens of correct answers and share of correct answers, in the table of the pocket recipe that was tried.
    [Theory]
    [InlineData(PocketFamily.Arithmetic, new[] { 17, 26, 42, 57, 73 }, new[] { 88, 85, 78, 67, 60 })]
    [InlineData(PocketFamily.NumberTheory, new[] { 22, 31, 51, 72, 92 }, new[] { 86, 82, 77, 72, 66 })]
    [InlineData(PocketFamily.Algebra, new[] { 17, 24, 32, 40, 47 }, new[] { 91, 83, 82, 78, 75 })]
    [InlineData(PocketFamily.Sequences, new[] { 27, 34, 42, 58, 74 }, new[] { 85, 80, 76, 73, 65 })]
    [InlineData(PocketFamily.WordProblems, new[] { 18, 30, 39, 60, 80 }, new[] { 88, 83, 77, 67, 60 })]
    [InlineData(PocketFamily.Fractions, new[] { 17, 24, 31, 44, 62 }, new[] { 87, 86, 81, 75, 74 })]
    public void Lengths_and_accuracy_are_near_the_plan(PocketFamily family, int[] tokens, int[] percent)
    {
        var format = new ChatFormat(new PocketTokenizer());
        var teacher = new ProceduralTeacher(ProceduralTeacherConfig.Diverse);
        for (var level = 1; level <= 5; level++)
        {
            var problems = PocketProblemsTests.Draw(Samples, PocketProblemsTests.Only(family, level));
            var right = problems.Index()
                .Select(
                    item =>
                        (Problem: item.Item,
                            Answer: teacher.Answer(item.Item, 1, Randomness.For(2, "teacher", item.Index))[0]))
                .Where(pair => IsRight(pair.Problem, pair.Answer)).ToList();
            var (mean, share) = (right.Average(pair => format.Completion(pair.Answer.Text).Length),
                100.0 * right.Count / Samples);
            var prompt = problems.Average(problem => format.Prompt(problem.Question).Length);
            output.WriteLine($"{family} {level}: prompt {prompt:F1}, answer {mean:F1} (planned {tokens[level - 1]}), "
                + $"correct {share:F1}% (planned {percent[level - 1]})");
            Assert.InRange(mean, 0.9 * tokens[level - 1], 1.1 * tokens[level - 1]);
            Assert.InRange(share, percent[level - 1] - 8, percent[level - 1] + 8);
        }
    }

    // Sums of four steps, so that the counts can be worked out; each rate is within 4 standard deviations.
    [Fact]
    public void Faults_come_as_often_as_set()
    {
        const int Count = 20_000;
        var answers = AnswersTo(Count, ProceduralTeacherConfig.Diverse,
            PocketProblemsTests.Only(PocketFamily.Arithmetic, 3));

        // 5% repeat, of those 3 in 5 are stuck; 4% of the others are cut.
        AssertRate(0.05 * 3 / 5, answers.Count(answer => Repetition.IsRepetitive(answer.Text, RepetitionConfig.Pocket)),
            Count);
        AssertRate(0.03 + (0.97 * 0.04), answers.Count(answer => answer.Finish != FinishReason.Stop), Count);
        AssertRate(0.55, answers.Count(answer => answer.Style == ProceduralTeacher.Terse), Count);
        AssertRate(0.25, answers.Count(answer => answer.Style == ProceduralTeacher.Lead), Count);
        AssertRate(0.20, answers.Count(answer => answer.Style == ProceduralTeacher.Check), Count);

        var cut = AnswersTo(Count, Faultless with { TruncationRate = 0.04 },
            PocketProblemsTests.Only(PocketFamily.Arithmetic, 3));
        AssertRate(0.04, cut.Count(answer => answer.Finish != FinishReason.Stop), Count);

        var steps = StepPattern()
            .Matches(
                string.Concat(AnswersTo(Count, OnlySlips, PocketProblemsTests.Only(PocketFamily.Arithmetic, 3))
                    .Select(answer => answer.Text)));
        var first = steps.Where(step => !step.Groups[1].Success).ToList();
        var wrong = first.Count(step => !IsTrue(step));
        AssertRate(0.05, wrong, first.Count);
        AssertRate(0.30, steps.Count - first.Count, wrong);
        Assert.All(steps.Where(step => step.Groups[1].Success), step => Assert.True(IsTrue(step), step.Value));
        AssertRate(0.015, (4 * Count) - first.Count, 4 * Count);
    }

    [Fact]
    public void A_slip_carries_on_to_the_box()
    {
        var slipped = AnswersTo(2_000, OnlySlips, PocketProblemsTests.Only(PocketFamily.Arithmetic, 3))
            .Where(answer => !answer.Text.Contains("wait"));
        Assert.All(slipped, answer =>
        {
            var steps = StepPattern().Matches(answer.Text);
            Assert.All(steps.Zip(steps.Skip(1)),
                pair => Assert.Equal(pair.First.Groups[5].Value, pair.Second.Groups[2].Value));
            Assert.EndsWith($"\\boxed{{{steps[^1].Groups[5].Value}}}", answer.Text);
        });
    }

    [Fact]
    public void An_answer_has_a_box_if_and_only_if_it_is_finished() =>
        Assert.All(AnswersTo(5_000, ProceduralTeacherConfig.Diverse, Mixed),
            answer => Assert.Equal(answer.Finish == FinishReason.Stop, BoxPattern().IsMatch(answer.Text)));

    // Without slips: one that takes the step of a sequence for 0 does repeat itself.
    [Fact]
    public void The_concise_teacher_neither_leads_nor_repeats() =>
        Assert.All(AnswersTo(5_000, ProceduralTeacherConfig.Concise with { SlipRate = 0 }, Mixed), answer =>
        {
            Assert.NotEqual(ProceduralTeacher.Lead, answer.Style);
            Assert.False(Repetition.IsRepetitive(answer.Text, RepetitionConfig.Pocket), answer.Text);
        });

    [Fact]
    public void Whatever_the_teacher_writes_the_tokenizer_gives_back()
    {
        var tokenizer = new PocketTokenizer();
        Assert.All(AnswersTo(5_000, ProceduralTeacherConfig.Diverse, Mixed),
            answer => Assert.Equal(answer.Text, tokenizer.Decode(tokenizer.Encode(answer.Text))));
    }

    [Fact]
    public void Equal_streams_give_equal_answers() =>
        Assert.Equal(AnswersTo(200, ProceduralTeacherConfig.Diverse, Mixed),
            AnswersTo(200, ProceduralTeacherConfig.Diverse, Mixed));

    [Fact]
    public void A_problem_that_was_not_drawn_here_is_refused_with_its_question()
    {
        var problem = Asked("prove the riemann hypothesis");
        var error = Assert.Throws<ArgumentException>(
            () => new ProceduralTeacher(Faultless).Answer(problem, 1, Randomness.For(1, "teacher")));
        Assert.Contains("\"prove the riemann hypothesis\"", error.Message);
    }

    private static ProblemMix Mixed => new() { LevelWeights = [1, 1, 1, 1, 1], FourChoiceShare = 0.25 };

    private static ProceduralTeacherConfig OnlySlips =>
        Faultless with { SlipRate = 0.05, NoticeRate = 0.30, SkipRate = 0.015 };

    private static List<Completion> AnswersTo(int count, ProceduralTeacherConfig config, ProblemMix mix)
    {
        var (teacher, stream) = (new ProceduralTeacher(config), Randomness.For(3, "answers"));
        return [.. Enumerable.Range(0, count)
            .SelectMany(_ => teacher.Answer(PocketProblems.Draw(stream, mix, Split.Training), 1, stream))];
    }

    private static void AssertRate(double rate, int count, int of)
    {
        var deviation = Math.Sqrt(rate * (1 - rate) / of);
        Assert.InRange((double)count / of, rate - (4 * deviation), rate + (4 * deviation));
    }

    private static bool IsTrue(Match step)
    {
        var (left, right, result) = (int.Parse(step.Groups[2].Value), int.Parse(step.Groups[4].Value),
            int.Parse(step.Groups[5].Value));
        return result == (step.Groups[3].Value == "+" ? left + right : left - right);
    }

    private static Problem Asked(string question) =>
        new() { Id = "1", Question = question, Answer = "?", Domain = "any", Level = 1 };

    private static bool IsRight(Problem problem, Completion answer) =>
        BoxPattern().Match(answer.Text) is { Success: true } box && box.Groups[1].Value == problem.Answer;

    [GeneratedRegex(@"(wait )?(-?[0-9]+)([-+])([0-9]+)=(-?[0-9]+);")]
    private static partial Regex StepPattern();

    [GeneratedRegex(@"\\boxed\{(-?[0-9]+)\}$")]
    private static partial Regex BoxPattern();
}
