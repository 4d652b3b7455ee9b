// The chat page. What a model wrote becomes text nodes and nothing else; nothing is loaded from elsewhere.
'use strict';
const get = id => document.getElementById(id);
const make = (name, className, text) => {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};
const talks = new Map(); // model -> the turns that it has seen
let about = {};
let running = null;

const headers = () => {
  const key = get('key').value;
  return key ? { 'Content-Type': 'application/json', Authorization: 'Bearer ' + key }
    : { 'Content-Type': 'application/json' };
};

async function ask(path, options) {
  const response = await fetch(path, { headers: headers(), ...options });
  if (response.status === 401) {
    get('key-field').hidden = false;
    get('settings').open = true;
  }
  if (!response.ok) {
    let message = 'The server answered ' + response.status + '.';
    try { message = (await response.json()).error.message; } catch { /* no JSON, no message */ }
    throw new Error(message);
  }
  return response;
}

async function start() {
  try {
    const models = (await (await ask('/v1/models')).json()).data;
    about = await (await ask('/chat/about')).json();
    get('models').querySelectorAll('label').forEach(label => label.remove());
    models.forEach((model, i) => {
      const label = make('label');
      const box = make('input');
      box.type = 'checkbox';
      box.value = model.id;
      box.checked = i === 0;
      label.append(box, ' ' + model.id);
      get('models').append(label);
    });
    const list = get('examples');
    list.replaceChildren(...about.examples.map(text => {
      const button = make('button', '', text);
      button.type = 'button';
      button.title = text;
      button.addEventListener('click', () => { get('question').value = text; get('question').focus(); });
      return button;
    }));
    get('note').textContent = '';
  } catch (problem) {
    get('note').textContent = problem.message;
  }
}

// The tokens of one answer as they come: what stands before </think> is folded.
class Answer {
  constructor(model, place) {
    this.model = model;
    this.text = '';
    this.tokens = 0;
    this.sum = 0;
    this.box = make('section', 'answer');
    this.body = make('div', 'text');
    this.facts = make('p', 'facts', 'waiting');
    this.box.append(make('h2', '', model), this.body, this.facts);
    place.append(this.box);
    this.into = this.body;
    this.began = performance.now();
  }

  add(piece, token) {
    this.text += piece;
    if (token) {
      this.tokens++;
      this.sum += token.logprob;
    }
    if (piece) {
      const span = make('span', '', piece);
      if (token) {
        span.style.setProperty('--p', Math.exp(token.logprob).toFixed(3));
        span.dataset.tip = [token, ...(token.top_logprobs || []).filter(other => other.token !== token.token)]
          .map(other => percent(other.logprob) + '  ' + JSON.stringify(other.token)).join('\n');
      }
      this.into.append(span);
    }
    if (!this.thinking && this.text.trimStart().startsWith('<think>')) {
      this.thinking = make('details', 'thinking');
      this.thinking.open = true;
      const thought = make('div');
      thought.append(...this.into.childNodes);
      this.thinking.append(make('summary', '', 'thinking'), thought);
      this.body.prepend(this.thinking);
      this.into = thought;
    }
    if (this.thinking && !this.isThought && this.text.includes('</think>')) {
      this.isThought = true;
      this.thinking.open = false;
      this.thinking.firstChild.textContent = 'thought, ' + this.tokens + ' tokens';
      this.into = this.body;
    }
    const seconds = (performance.now() - this.began) / 1000;
    this.facts.textContent = this.tokens + ' tokens, ' + (this.tokens / Math.max(seconds, .001)).toFixed(0)
      + ' tokens/s';
  }

  end(word) {
    const mean = this.tokens ? ', mean log-probability ' + (this.sum / this.tokens).toFixed(3) : '';
    this.facts.textContent += mean + (word ? ', ' + word : '');
  }

  fail(message) {
    this.box.append(make('p', 'problem', message));
  }
}

const percent = logprob => (100 * Math.exp(logprob)).toFixed(1).padStart(5) + ' %';

async function stream(answer, question, signal) {
  const turns = about.single_turn ? [] : talks.get(answer.model) || [];
  const messages = [...turns, { role: 'user', content: question }];
  const seed = get('seed').value;
  const request = {
    model: answer.model,
    messages,
    temperature: Number(get('temperature').value),
    top_p: Number(get('top_p').value),
    max_tokens: Number(get('max_tokens').value),
    stream: true,
    logprobs: true,
    top_logprobs: 4,
  };
  if (seed !== '') request.seed = Number(seed);
  const response = await ask('/v1/chat/completions', { method: 'POST', body: JSON.stringify(request), signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let finish = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (!line.startsWith('data: ') || line === 'data: [DONE]') continue;
      const part = JSON.parse(line.slice(6));
      if (part.error) throw new Error(part.error.message);
      const choice = part.choices[0];
      if (!choice) continue;
      answer.add(choice.delta.content || '', choice.logprobs && choice.logprobs.content[0]);
      finish = choice.finish_reason || finish;
    }
    follow();
  }
  answer.end(finish === 'length' ? 'truncated by the limit' : '');
  talks.set(answer.model, [...messages, { role: 'assistant', content: answer.text }]);
}

// Stays at the end, unless the reader has scrolled up.
function follow() {
  const talk = get('talk');
  if (talk.scrollHeight - talk.scrollTop - talk.clientHeight < 200) talk.scrollTop = talk.scrollHeight;
}

get('form').addEventListener('submit', async event => {
  event.preventDefault();
  const question = get('question').value.trim();
  const models = [...get('models').querySelectorAll('input:checked')].map(box => box.value);
  if (running || !question) return;
  if (!models.length) {
    get('note').textContent = 'Choose a model above.';
    return;
  }
  running = new AbortController();
  get('send').hidden = true;
  get('stop').hidden = false;
  get('note').textContent = '';
  const turn = make('article');
  const answers = make('div', 'answers');
  turn.append(make('div', 'question', question), answers);
  get('talk').append(turn);
  get('talk').scrollTop = get('talk').scrollHeight;
  get('question').value = '';
  await Promise.all(models.map(async model => {
    const answer = new Answer(model, answers);
    try {
      await stream(answer, question, running.signal);
    } catch (problem) {
      if (problem.name === 'AbortError') answer.end('stopped');
      else answer.fail(problem.message);
    }
  }));
  running = null;
  get('send').hidden = false;
  get('stop').hidden = true;
  get('question').focus();
});

get('stop').addEventListener('click', () => running && running.abort());
get('clear').addEventListener('click', () => {
  if (running) running.abort();
  talks.clear();
  get('talk').replaceChildren();
});
get('question').addEventListener('keydown', event => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    get('form').requestSubmit();
  }
});
get('shade').addEventListener('change', () => document.body.classList.toggle('shaded', get('shade').checked));
get('key').addEventListener('change', start);

const tip = make('div');
tip.id = 'tip';
tip.hidden = true;
document.body.append(tip);
get('talk').addEventListener('mousemove', event => {
  const text = event.target.dataset && event.target.dataset.tip;
  tip.hidden = !text;
  if (!text) return;
  tip.textContent = text;
  tip.style.left = Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8) + 'px';
  tip.style.top = Math.min(event.clientY + 16, innerHeight - tip.offsetHeight - 8) + 'px';
});
start();
