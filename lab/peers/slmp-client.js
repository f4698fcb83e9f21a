// peers/slmp-client.js JOB SERVER: the panels and the recipe PC of line 7 (3E frames) and of the oven (1E frames), speaking through
// mcprotocol.
'use strict';
const MC = require('mcprotocol');
const { tell, me, sleep, run } = require('./truth');

const [job, server] = process.argv.slice(2);
const client = new MC();
let inAscii, inFrame, last;	// the last answer as it came

console.log = () => {};		// mcprotocol says every step

// Of the answer to a write in a 1E frame, which has two bytes, mcprotocol reads the tenth: it is given as many, the end code last.
const listen = client.onResponse;
client.onResponse = function (answer) {
	const n = inAscii ? 2 : 1, first = answer.toString('latin1', 0, 2);
	const written = inFrame === '1E' && (inAscii ? ['82', '83'].includes(first) : answer[0] === 0x82 || answer[0] === 0x83);

	if (!written)
		return listen.call(client, answer);
	const end = answer.subarray(n, 2 * n), fill = Buffer.alloc(7 * n, inAscii ? '0' : 0);
	return listen.call(client, Buffer.concat([answer.subarray(0, 2 * n), fill, end]));
};

function connect(port, ascii, frame = '3E') {
	inAscii = ascii;
	inFrame = frame;
	return new Promise((done, failed) => {
		client.initiateConnection({ port, host: server, ascii, frame, octalInputOutput: false },
			(error) => {
				if (error)
					return failed(error);
				client.isoclient.prependListener('data', (data) => { last = Buffer.from(data); });
				done();
			});
	});
}

// mcprotocol mixes up where the end code stands: in 3E frames behind the 9 bytes of the header, in 1E frames behind the first.
function refused() {
	if (inFrame === '1E')
		return inAscii ? last.toString('latin1', 2, 4) !== '00' : last[1] !== 0;
	return inAscii ? last.toString('latin1', 18, 22) !== '0000' : last.readUInt16LE(9) !== 0;
}

// All of them, in as few requests as mcprotocol thinks right.
function read() {
	return new Promise((done, failed) =>
		client.readAllItems((bad, values) => bad ? failed(new Error('bad values')) : done(values)));
}

// Every write goes through here, so that none is made without being told.
async function write(space, address, values) {
	const item = values.length > 1 ? `${address},${values.length}` : address;
	const bits = space === 'm' || space === 'y';
	const what = values.map((v) => bits ? v === 1 : v);

	await new Promise((done) => client.writeItems(item, what.length > 1 ? what : what[0], done));
	tell({ write: 'slmp', actor: me(), device: server, space, address, values,
		outcome: refused() ? 'refused' : 'done' });
	await sleep(150);
}

async function poll(rounds, items) {
	client.addItems(items);
	for (let i = 0; i < rounds; i++) {
		await read();
		await sleep(300);
	}
}

const jobs = {
	// The panel: the same devices again and again, in binary.
	async panel() {
		await connect(5002, false);
		await poll(40, ['D100,10', 'D300,4', 'M0,16', 'X20,8', 'R500,2']);
	},
	async 'short-panel'() {
		await connect(5002, false);
		await poll(20, ['D100,10', 'D300,4', 'M0,16']);
	},

	// The PC that sends recipes: words in binary; then a register the controller does not have.
	async recipe() {
		await connect(5002, false);
		await poll(2, ['D200,8']);
		await write('d', 'D200', [1250, 80, 3, 4095]);
		await write('d', 'D210', [55]);
		await write('r', 'R600', [9, 8]);
		await write('d', 'D12287', [1, 2]);		// one word beyond the last
		await poll(2, ['D200,8']);
	},

	// The same in ASCII, with bits: two at least, because mcprotocol pads an odd number of them, which controllers refuse.
	async 'recipe-ascii'() {
		await connect(5003, true);
		await poll(2, ['D220,4', 'M40,4']);
		await write('d', 'D220', [7, 32767]);
		await write('m', 'M40', [1, 0, 1, 1]);
		await write('m', 'M47', [1, 0]);
		await write('r', 'R700', [300]);
		await poll(2, ['D220,4', 'M40,4']);
	},

	// The panel of the oven: the same devices again and again, in binary.
	async 'oven-panel'() {
		await connect(1025, false, '1E');
		await poll(25, ['D100,10', 'D300,4', 'M0,16', 'X20,8', 'R500,2', 'TN3,2']);
	},

	// The recipes of the oven: words and bits in binary; then a register the controller does not have.
	async 'oven-recipe'() {
		await connect(1025, false, '1E');
		await poll(2, ['D200,8']);
		await write('d', 'D200', [1250, 80, 3, 4095]);
		await write('d', 'D210', [55]);
		await write('r', 'R600', [9, 8]);
		await write('m', 'M50', [0, 1, 1, 0, 1, 1]);
		await write('d', 'D7999', [1, 2]);		// one word beyond the last
		await poll(2, ['D200,8']);
	},

	// The same in ASCII.
	async 'oven-recipe-ascii'() {
		await connect(6551, true, '1E');
		await poll(2, ['D220,4', 'M40,4']);
		await write('d', 'D220', [7, 32767]);
		await write('m', 'M40', [1, 0, 1, 1]);
		await write('r', 'R700', [300]);
		await write('d', 'D7999', [1, 2]);
		await poll(2, ['D220,4', 'M40,4']);
	},
};

run(async () => {
	await jobs[job]();
	client.dropConnection();
	await sleep(200);
});
