using System.Text.Json.Nodes;

namespace Phi4R.Cli;

/// <summary>
/// Every field that a request to the completion endpoints of OpenAI, vLLM or llama.cpp may have, and what it does here.
/// </summary>
/// <remarks>
/// A field that would change the answer, or that asks for something beside it, is honored or refused, never ignored.
/// One that can change nothing is accepted with any value. A field in no list is refused too: it may be a misspelling.
/// </remarks>
internal static class ServedFields
{
    private static readonly string[] Honored =
    [
        "model", "n", "temperature", "top_p", "top_k", "seed", "max_tokens", "max_completion_tokens",
        "stop", "stop_token_ids", "ignore_eos", "logprobs", "stream", "stream_options", "return_token_ids",
        "return_tokens_as_token_ids",
    ];

    private static readonly string[] HonoredInCompletions = ["prompt", "seeds"];
    private static readonly string[] HonoredInChat = ["messages", "top_logprobs"];

    // Who asks and why, how the work is done, and settings of what is refused below unless it is off.
    private static readonly string[] WithoutEffect =
    [
        "user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention",
        "prediction", "priority", "request_id", "session_id", "cache_salt", "cache_prompt", "n_cache_reuse", "id_slot",
        "backend_sampling",
        "speculative.n_min", "speculative.n_max", "speculative.p_min", "speculative.type",
        "speculative.ngram_size_n", "speculative.ngram_size_m", "speculative.ngram_m_hits", "reasoning_in_content",
        "stream_interval", "sse_ping_interval", "timings_per_token", "routed_experts_prompt_start",
        "return_token_offsets", "return_mm_kwargs", "add_special_tokens", "spaces_between_special_tokens",
        "truncation_side", "n_keep", "n_discard", "parallel_tool_calls", "parse_tool_calls",
        "length_penalty", "dynatemp_exponent", "xtc_threshold", "mirostat_tau", "mirostat_eta", "adaptive_decay",
        "repeat_last_n", "penalize_nl", "dry_base", "dry_allowed_length", "dry_penalty_last_n", "dry_sequence_breakers",
    ];

    // What the server would have to do, and the values that ask for nothing of it.
    private static readonly Field[] Refused =
    [
        // Which tokens can be sampled, and how likely each is.
        new("frequency_penalty", "makes tokens less likely the more often they stand in the answer", "0"),
        new("presence_penalty", "makes tokens less likely that stand in the answer", "0"),
        new("repetition_penalty", "makes tokens less likely that stand in prompt or answer", "1"),
        new("repeat_penalty", "makes tokens less likely that stand in prompt or answer", "1"),
        new("dry_multiplier", "makes tokens less likely that would repeat a sequence", "0"),
        new("min_p", "drops tokens that are far less likely than the likeliest", "0"),
        new("typical_p", "keeps the tokens of typical surprise", "1"),
        new("tfs_z", "drops the tail of the distribution", "1"),
        new("top_n_sigma", "keeps the tokens within so many deviations of the likeliest", "-1", "0"),
        new("xtc_probability", "drops the likeliest tokens by chance", "0"),
        new("dynatemp_range", "changes the temperature with the entropy", "0"),
        new("mirostat", "steers the surprise of the answer", "0"),
        new("adaptive_target", "steers the probability of the sampled tokens", "-1"),
        new("min_keep", "keeps so many tokens whatever the samplers say", "0", "1"),
        new("samplers", "sets the order of the samplers"),
        new("logit_bias", "changes the logits of tokens", "{}", "[]"),
        new("bad_words", "forbids words", "[]"),
        new("allowed_token_ids", "forbids all other tokens"),
        new("logits_processors", "changes the logits", "[]"),
        new("watermarking", "marks the answer", "false"),
        new("vllm_xargs", "hands arguments to extensions", "{}"),
        new("lora", "chooses adapters", "[]"),

        // What an answer must look like.
        new("response_format", "forces a format upon the answer", """{"type":"text"}"""),
        new("structured_outputs", "forces a format upon the answer"),
        new("guided_json", "forces a format upon the answer"),
        new("guided_regex", "forces a format upon the answer"),
        new("guided_choice", "forces a choice upon the answer"),
        new("guided_grammar", "forces a grammar upon the answer"),
        new("guided_decoding_backend", "chooses how a format is forced upon the answer"),
        new("guided_whitespace_pattern", "forces a format upon the answer"),
        new("structural_tag", "forces a format upon the answer"),
        new("json_schema", "forces a format upon the answer"),
        new("grammar", "forces a grammar upon the answer", "\"\""),
        new("grammar_lazy", "forces a grammar upon a part of the answer", "false"),
        new("grammar_triggers", "forces a grammar upon a part of the answer", "[]"),
        new("preserved_tokens", "keeps control tokens for a grammar", "[]"),
        new("n_indent", "forces an indentation upon the answer", "0"),
        new("modalities", "asks for other kinds of answers", """["text"]"""),
        new("audio", "asks for sound"),
        new("verbosity", "sets how much the answer says", "\"medium\""),

        // What the model is given to read.
        new("echo", "puts the prompt before the answer", "false"),
        new("suffix", "gives what comes after the answer", "\"\""),
        new("prompt_embeds", "gives vectors in place of tokens"),
        new("truncate_prompt_tokens", "cuts the prompt"),
        new("chat_template", "sets another chat template"),
        new("chat_template_kwargs", "gives arguments to the chat template", "{}"),
        new("add_generation_prompt", "leaves out the opening of the answer's turn", "true"),
        new("continue_final_message", "goes on with the last message", "false"),
        new("generation_prompt", "sets how the answer's turn opens"),
        new("chat_format", "sets how tool calls are read", "0", "\"Content-only\""),
        new("documents", "gives documents to the chat template", "[]"),
        new("tools", "offers tools", "[]"),
        new("tool_choice", "chooses among tools", "\"none\"", "\"auto\""),
        new("functions", "offers functions", "[]"),
        new("function_call", "chooses among functions", "\"none\"", "\"auto\""),
        new("web_search_options", "searches the web"),
        new("mm_processor_kwargs", "sets how pictures are read", "{}"),
        new("media_io_kwargs", "sets how pictures are read", "{}"),
        new("image_data", "gives pictures", "[]"),
        new("multimodal_data", "gives pictures", "[]"),
        new("system_prompt", "sets a system prompt for all requests"),
        new("kv_transfer_params", "takes keys and values from another server", "{}"),
        new("ec_transfer_params", "takes encodings from another server", "{}"),

        // How long it thinks and when it ends.
        new("min_tokens", "forbids an early end", "0"),
        new("best_of", "samples more answers than it returns", "1"),
        new("n_cmpl", "is another name of n", "1"),
        new("n_predict", "is another name of max_tokens"),
        new("use_beam_search", "searches instead of sampling", "false"),
        new("early_stopping", "ends a beam search", "false"),
        new("repetition_detection", "ends answers that repeat themselves"),
        new("reasoning_effort", "sets how long the model thinks"),
        new("thinking_token_budget", "ends the thinking", "-1"),
        new("thinking_budget_tokens", "ends the thinking", "-1"),
        new("reasoning_budget_tokens", "ends the thinking", "-1"),
        new("thinking_forced_open", "opens the thinking", "false"),
        new("t_max_predict_ms", "ends answers by the clock", "0", "-1"),
        new("t_max_prompt_ms", "ends prompts by the clock", "0", "-1"),

        // What is returned beside the answer, and in which form.
        new("include_stop_str_in_output", "leaves the stop text in the answer", "false"),
        new("skip_special_tokens", "takes control tokens out of the text", "false"),
        new("include_reasoning", "takes the thinking out of the text", "true"),
        new("reasoning_format", "takes the thinking out of the text", "\"none\""),
        new("detokenize", "leaves the text out", "true"),
        new("prompt_logprobs", "returns the log-probabilities of the prompt", "false"),
        new("logprob_token_ids", "returns the log-probabilities of chosen tokens"),
        new("n_probs", "returns probabilities in llama.cpp's own form", "0"),
        new("post_sampling_probs", "returns probabilities in llama.cpp's own form", "false"),
        new("return_tokens", "returns token ids in llama.cpp's own form", "false"),
        new("return_progress", "reports how much of the prompt is read", "false"),
        new("return_prompt_text", "returns the rendered prompt", "false"),
        new("response_fields", "chooses the fields of the response", "[]"),
        new("verbose", "returns how the server worked", "false"),
    ];

    /// <summary>Looks at every field of a request.</summary>
    /// <param name="row">The request; a field that is null is as good as missing.</param>
    /// <param name="isChat">Whether it is one for a conversation.</param>
    /// <exception cref="InvalidDataException">
    /// A field asks for what this server cannot do, or is none that such a server knows.
    /// </exception>
    public static void Check(JsonObject row, bool isChat)
    {
        string[] honored = [.. isChat ? HonoredInChat : HonoredInCompletions, .. Honored];
        foreach (var (name, value) in row)
        {
            if (value is null || honored.Contains(name) || WithoutEffect.Contains(name))
            {
                continue;
            }

            var field = Array.Find(Refused, field => field.Name == name)
                ?? throw new InvalidDataException(
                    $"\"{name}\" is no field of this endpoint; it takes {string.Join(", ", honored)}.");
            if (!field.AsksForNothing.Any(inert => JsonNode.DeepEquals(JsonNode.Parse(inert), value)))
            {
                throw new InvalidDataException(
                    $"\"{name}\": {JsonRow.Quoted(value)} {field.Does}, which this server cannot do; leave it out.");
            }
        }
    }

    private sealed record Field(string Name, string Does, params string[] AsksForNothing);
}
