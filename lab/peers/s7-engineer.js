// peers/s7-engineer.js JOB SERVER: somebody with a programming tool at the paint line, speaking through the snap7
// client. day: what an engineer does every week. stop: what nobody should do while the line runs.
'use strict';
const snap7 = require('node-snap7');
const { tell, me, sleep, run } = require('./truth');

const [job, server] = process.argv.slice(2);
const client = new snap7.S7Client();

// A data block as snap7 takes it: header of 36 bytes, data, footer; only its frame matters, no controller runs it.
function block(number, data) {
	const head = Buffer.alloc(36), foot = Buffer.alloc(36);

	head.writeUInt16BE(0x7070, 0);
	head.writeUInt8(1, 2);				// block version
	head.writeUInt8(1, 3);				// attributes: linked
	head.writeUInt8(5, 4);				// language: DB
	head.writeUInt8(0x0a, 5);			// type: DB
	head.writeUInt16BE(number, 6);
	head.writeUInt32BE(36 + data.length + 36, 8);	// length in load memory
	head.writeUInt16BE(data.length, 34);		// length of the body
	return Buffer.concat([head, data, foot]);
}

// One step by snap7, blocking; whether the controller did it is told, not assumed.
function step(action, name, ...args) {
	const result = client[name](...args);

	if (action)
		tell({ action, actor: me(), device: server, call: name, outcome: result === false ? 'refused' : 'done' });
	return result;
}

function write(number, start, bytes) {
	if (!client.DBWrite(number, start, bytes.length, bytes))
		throw new Error(client.ErrorText(client.LastError()));
	tell({ write: 's7comm', actor: me(), device: server, space: 'db', block: number, address: start,
		values: [...bytes], bytes: bytes.toString('hex'), outcome: 'done' });
}

const jobs = {
	async day() {
		const order = step('identify', 'GetOrderCode');
		const cpu = step('identify', 'GetCpuInfo');

		tell({ fact: 'identity', device: server, model: order.Code.trim(), name: cpu.ModuleTypeName.trim(),
			serial: cpu.SerialNumber.trim() });
		step(null, 'ReadSZLList');
		step('browse', 'ListBlocks');
		step('browse', 'ListBlocksOfType', client.Block_DB);
		step(null, 'GetAgBlockInfo', client.Block_DB, 10);
		await sleep(500);
		step('program-read', 'FullUpload', client.Block_DB, 10, 1024);
		step(null, 'DBRead', 10, 0, 64);
		step(null, 'PlcStatus');
		step(null, 'GetPlcDateTime');
		step(null, 'GetProtection');
		await sleep(500);
		write(20, 16, Buffer.from([0x01, 0x2c, 0x00, 0x64]));
		step('login', 'SetSessionPassword', 'paint-7!');
		tell({ fact: 'secret', value: 'paint-7!' });
		step(null, 'ClearSessionPassword');
		step('config-write', 'SetPlcSystemDateTime');
	},
	async stop() {
		step('stop', 'PlcStop');
		tell({ alert: 'first-change', actor: me(), device: server, action: 'stop' });
		await sleep(800);
		step('program-write', 'Download', 10, block(10, Buffer.alloc(64, 0xee)));
		tell({ alert: 'first-change', actor: me(), device: server, action: 'program-write' });
		await sleep(500);
	},
};

run(async () => {
	client.SetConnectionType(1);	// as a programming tool
	if (!client.ConnectTo(server, 0, 2))
		throw new Error(client.ErrorText(client.LastError()));
	await jobs[job]();
	client.Disconnect();
});
