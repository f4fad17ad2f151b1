/** Below where work of Spark is in the features bucket: it goes after a month. Spark deletes the markers of the directories above what it writes, down to this one. */
export const sparkWorkRoot = 'work/';

/** Below where builds of training sets by Spark work, each in a folder of its own. */
export const sparkWorkPrefix = `${sparkWorkRoot}training-sets/`;
